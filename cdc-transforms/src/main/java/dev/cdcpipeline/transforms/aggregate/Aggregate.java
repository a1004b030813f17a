package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;
import java.util.function.Function;

/**
 * One aggregate over rows: which value of a row it takes, and how the values of a group become a
 * result. Also the handle by which {@link Results} gives the result. Immutable and thread-safe.
 *
 * @param <T> the rows
 * @param <V> the value taken from a row, null for SQL NULL
 * @param <R> the result
 */
public final class Aggregate<T, V, R> {

  private interface Empty<V, R> {
    Accumulator<V, R> in(OrderedIndex.Provider indexes, int ordinal);
  }

  private final Function<? super T, ? extends V> value;
  private final ValueType<V> type;
  private final Empty<V, R> empty;

  private Aggregate(Function<? super T, ? extends V> value, ValueType<V> type, Empty<V, R> empty) {
    this.value = value;
    this.type = type;
    this.empty = empty;
  }

  /** {@code count(*)}. */
  public static <T> Aggregate<T, Boolean, Long> count() {
    return new Aggregate<>(
        row -> Boolean.TRUE, ValueType.PRESENCE, (indexes, ordinal) -> new CountAccumulator<>());
  }

  /** {@code count(x)}: rows whose value is not null. */
  public static <T> Aggregate<T, Boolean, Long> count(Function<? super T, ?> value) {
    return new Aggregate<>(
        row -> value.apply(row) == null ? null : Boolean.TRUE,
        ValueType.PRESENCE,
        (indexes, ordinal) -> new CountAccumulator<>());
  }

  /** {@code count(DISTINCT x)}. */
  public static <T, V> Aggregate<T, V, Long> countDistinct(
      Function<? super T, V> value, ValueType<V> type) {
    return new Aggregate<>(
        value,
        type,
        (indexes, ordinal) -> new CountDistinctAccumulator<>(indexes.index(ordinal, type)));
  }

  /**
   * {@code coalesce(sum(x), 0)} of decimals, exact; zeros at its end may be gone, so set the scale
   * you want.
   */
  public static <T> Aggregate<T, BigDecimal, BigDecimal> sum(
      Function<? super T, BigDecimal> value) {
    return new Aggregate<>(value, ValueType.DECIMAL, (indexes, ordinal) -> new SumAccumulator());
  }

  /** {@code coalesce(sum(x), 0)} of integers, exact. */
  public static <T> Aggregate<T, Long, Long> sumOfLongs(Function<? super T, Long> value) {
    return new Aggregate<>(value, ValueType.LONG, (indexes, ordinal) -> new LongSumAccumulator());
  }

  /** {@code round(avg(x), scale)}, half away from zero; null if there is no value. */
  public static <T> Aggregate<T, BigDecimal, BigDecimal> average(
      Function<? super T, BigDecimal> value, int scale) {
    return new Aggregate<>(
        value, ValueType.DECIMAL, (indexes, ordinal) -> new AverageAccumulator(scale));
  }

  /** {@code min(x)}; null if there is no value. */
  public static <T, V> Aggregate<T, V, V> min(Function<? super T, V> value, ValueType<V> type) {
    return new Aggregate<>(
        value,
        type,
        (indexes, ordinal) -> new ExtremeAccumulator<>(type, indexes.index(ordinal, type), false));
  }

  /** {@code max(x)}; null if there is no value. */
  public static <T, V> Aggregate<T, V, V> max(Function<? super T, V> value, ValueType<V> type) {
    return new Aggregate<>(
        value,
        type,
        (indexes, ordinal) -> new ExtremeAccumulator<>(type, indexes.index(ordinal, type), true));
  }

  /** What this aggregate takes from a row, null for SQL NULL. */
  public V valueOf(T row) {
    return value.apply(row);
  }

  public ValueType<V> type() {
    return type;
  }

  /**
   * The state of a group without rows.
   *
   * @param indexes where the group keeps its order and membership; the same group must find the
   *     same values again
   * @param ordinal this aggregate's place among those of the group
   */
  public Accumulator<V, R> empty(OrderedIndex.Provider indexes, int ordinal) {
    return empty.in(indexes, ordinal);
  }
}
