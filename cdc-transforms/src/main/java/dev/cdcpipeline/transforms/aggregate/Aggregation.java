package dev.cdcpipeline.transforms.aggregate;

import java.util.List;

/**
 * The aggregates of one result, side by side over the same rows. Their order is part of the stored
 * state: add new ones at the end, and only under a new result or after a reset. Immutable and
 * thread-safe.
 *
 * @param <T> the rows
 */
public final class Aggregation<T> {
  private final Aggregate<T, ?, ?>[] aggregates;

  /**
   * Puts aggregates together.
   *
   * @throws IllegalArgumentException if there are more than 63
   */
  public Aggregation(List<? extends Aggregate<T, ?, ?>> aggregates) {
    if (aggregates.size() > 63) {
      throw new IllegalArgumentException(
          "a result can have 63 aggregates, not " + aggregates.size());
    }
    this.aggregates = aggregates.toArray(Aggregation::array);
  }

  @SuppressWarnings("unchecked") // filled with nothing else
  private static <T> Aggregate<T, ?, ?>[] array(int size) {
    return (Aggregate<T, ?, ?>[]) new Aggregate<?, ?, ?>[size];
  }

  int size() {
    return aggregates.length;
  }

  Aggregate<T, ?, ?> aggregate(int ordinal) {
    return aggregates[ordinal];
  }

  /** A group without rows. */
  public Group<T> emptyGroup(OrderedIndex.Provider indexes) {
    return new Group<>(this, indexes);
  }

  /** What a row gives to its group: the only part of it that has to travel there. */
  public Contribution contributionOf(T row) {
    Object[] values = new Object[aggregates.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = aggregates[i].valueOf(row);
    }
    return new Contribution(values);
  }

  /** Whether two contributions change nothing when one replaces the other. */
  public boolean isSame(Contribution left, Contribution right) {
    for (int i = 0; i < aggregates.length; i++) {
      if (!isSame(i, left, right)) {
        return false;
      }
    }
    return true;
  }

  boolean isSame(int ordinal, Contribution left, Contribution right) {
    return isSame(aggregates[ordinal], left.values[ordinal], right.values[ordinal]);
  }

  @SuppressWarnings(
      "unchecked") // contributions are made by this class with the aggregate's own type
  private static <V> boolean isSame(Aggregate<?, V, ?> aggregate, Object left, Object right) {
    return left == right
        || left != null && right != null && aggregate.type().compare((V) left, (V) right) == 0;
  }

  /** A bit per aggregate for SQL NULL, then the values that are not null. */
  public void write(BinaryOutput out, Contribution contribution) {
    long nulls = 0;
    for (int i = 0; i < aggregates.length; i++) {
      nulls |= contribution.values[i] == null ? 1L << i : 0;
    }
    out.writeVarLong(nulls);
    for (int i = 0; i < aggregates.length; i++) {
      if (contribution.values[i] != null) {
        write(out, aggregates[i], contribution.values[i]);
      }
    }
  }

  @SuppressWarnings(
      "unchecked") // contributions are made by this class with the aggregate's own type
  private static <V> void write(BinaryOutput out, Aggregate<?, V, ?> aggregate, Object value) {
    aggregate.type().writeCompact(out, (V) value);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if the bytes are not a contribution to these aggregates
   */
  public Contribution read(BinaryInput in) {
    Object[] values = new Object[aggregates.length];
    long nulls = in.readVarLong();
    for (int i = 0; i < values.length; i++) {
      values[i] = (nulls & 1L << i) != 0 ? null : aggregates[i].type().readCompact(in);
    }
    return new Contribution(values);
  }

  /** The values one row gives to its group's aggregates. */
  public static final class Contribution {
    private final Object[] values;

    private Contribution(Object[] values) {
      this.values = values;
    }

    Object value(int ordinal) {
      return values[ordinal];
    }
  }
}
