package dev.cdcpipeline.bench.jmh;

import dev.cdcpipeline.transforms.aggregate.Accumulator;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.SortedMapIndex;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One aggregate of one group, pure logic without Kafka, one thread: changes a second. A change is
 * one call of accumulate and one of retract on a group that holds 1,000 values, so the group
 * neither grows nor empties.
 *
 * <p>{@code count} is the floor: what the calls themselves cost. {@code countDistinct} and {@code
 * max} keep their values in a sorted map; in Kafka Streams that is a state store, whose cost is not
 * measured here and is much higher. {@link #merge} adds the state of one group to another and takes
 * nothing out; the other group has a single value, as under repeated merges of small parts.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class AccumulatorBenchmark {
  private static final int VALUES = 1024;

  /** The aggregates a result can use. */
  public enum Kind {
    count(Aggregate.<Object>count()),
    sumOfLongs(Aggregate.sumOfLongs((Object row) -> (Long) row)),
    sumOfDecimals(Aggregate.sum(AccumulatorBenchmark::decimal)),
    average(Aggregate.average(AccumulatorBenchmark::decimal, 2)),
    countDistinct(Aggregate.countDistinct((Object row) -> (Long) row, ValueType.LONG)),
    max(Aggregate.max((Object row) -> (Long) row, ValueType.LONG));

    private final Aggregate<Object, ?, ?> aggregate;

    Kind(Aggregate<Object, ?, ?> aggregate) {
      this.aggregate = aggregate;
    }
  }

  @Param public Kind kind;

  private Object[] values;
  private Accumulator<Object, Object> group;
  private Accumulator<Object, Object> other;
  private int next;

  private static BigDecimal decimal(Object row) {
    return BigDecimal.valueOf((Long) row, 2);
  }

  @Setup
  public void fillTheGroup() {
    SplittableRandom random = new SplittableRandom(7);
    Function<Object, ?> value = row -> kind.aggregate.valueOf(row);
    values = new Object[VALUES];
    group = empty();
    for (int i = 0; i < VALUES; i++) {
      values[i] = value.apply(random.nextLong(1, 100_000));
      if (i < 1000) {
        group.accumulate(values[i]);
      }
    }
    other = empty();
    other.accumulate(values[0]);
  }

  @SuppressWarnings("unchecked") // it is only given the values of its own aggregate
  private Accumulator<Object, Object> empty() {
    return (Accumulator<Object, Object>) kind.aggregate.empty(SortedMapIndex.inMemory(), 0);
  }

  @Benchmark
  public Object replace() {
    int i = next;
    next = (i + 1) & (VALUES - 1);
    group.accumulate(values[(i + 1000) & (VALUES - 1)]);
    group.retract(values[i]);
    return group;
  }

  @Benchmark
  public Object replaceAndDerive() {
    replace();
    return group.result();
  }

  @Benchmark
  public Object merge() {
    group.merge(other);
    return group;
  }
}
