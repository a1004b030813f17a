package dev.cdcpipeline.transforms.aggregate;

import dev.cdcpipeline.transforms.aggregate.Aggregation.Contribution;

/**
 * One group of a result: how many rows it has and the state of each aggregate. Like each {@link
 * Accumulator}, indifferent to the order of changes. Not thread-safe.
 *
 * @param <T> the rows
 */
public final class Group<T> implements Results {
  private final Aggregation<T> aggregation;
  private final Accumulator<Object, Object>[] accumulators;
  private long rows;

  Group(Aggregation<T> aggregation, OrderedIndex.Provider indexes) {
    this.aggregation = aggregation;
    this.accumulators = accumulators(aggregation.size());
    for (int i = 0; i < accumulators.length; i++) {
      accumulators[i] = untyped(aggregation.aggregate(i).empty(indexes, i));
    }
  }

  @SuppressWarnings("unchecked") // filled with nothing else
  private static Accumulator<Object, Object>[] accumulators(int count) {
    return (Accumulator<Object, Object>[]) new Accumulator<?, ?>[count];
  }

  @SuppressWarnings("unchecked") // only ever given the values of its own aggregate
  private static Accumulator<Object, Object> untyped(Accumulator<?, ?> accumulator) {
    return (Accumulator<Object, Object>) accumulator;
  }

  public void accumulate(Contribution contribution) {
    rows++;
    for (int i = 0; i < accumulators.length; i++) {
      accumulators[i].accumulate(contribution.value(i));
    }
  }

  public void retract(Contribution contribution) {
    rows--;
    for (int i = 0; i < accumulators.length; i++) {
      accumulators[i].retract(contribution.value(i));
    }
  }

  /**
   * Puts one row in the place of another: the same as {@link #retract} and {@link #accumulate}, but
   * an aggregate that sees no difference between them is left alone, and with it its index.
   */
  public void replace(Contribution retracted, Contribution accumulated) {
    for (int i = 0; i < accumulators.length; i++) {
      if (!aggregation.isSame(i, retracted, accumulated)) {
        accumulators[i].retract(retracted.value(i));
        accumulators[i].accumulate(accumulated.value(i));
      }
    }
  }

  /**
   * Adds the rows of another group of the same aggregation, which is not changed.
   *
   * @throws IllegalArgumentException if the other has other aggregates
   */
  public void merge(Group<T> other) {
    if (other.aggregation != aggregation) {
      throw new IllegalArgumentException("cannot merge groups of different aggregations");
    }
    rows += other.rows;
    for (int i = 0; i < accumulators.length; i++) {
      accumulators[i].merge(other.accumulators[i]);
    }
  }

  @Override
  public long rows() {
    return rows;
  }

  @Override
  @SuppressWarnings("unchecked") // an aggregate's accumulator gives its R
  public <R> R get(Aggregate<?, ?, R> aggregate) {
    for (int i = 0; i < accumulators.length; i++) {
      if (aggregation.aggregate(i) == aggregate) {
        return (R) accumulators[i].result();
      }
    }
    throw new IllegalArgumentException(
        "the group has no such aggregate; name it in aggregate(…) too");
  }

  /** Whether the state equals that of a group without rows and need not be kept. */
  public boolean isEmpty() {
    if (rows != 0) {
      return false;
    }
    for (Accumulator<Object, Object> accumulator : accumulators) {
      if (!accumulator.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** The state, without what is in the indexes. */
  public void write(BinaryOutput out) {
    out.writeVarLong(rows);
    for (Accumulator<Object, Object> accumulator : accumulators) {
      accumulator.write(out);
    }
  }

  /**
   * Replaces this state by one that {@link #write} wrote.
   *
   * @throws IllegalArgumentException if the bytes are not a state of these aggregates; this state
   *     is undefined then
   */
  public void read(BinaryInput in) {
    rows = in.readVarLong();
    for (Accumulator<Object, Object> accumulator : accumulators) {
      accumulator.read(in);
    }
  }
}
