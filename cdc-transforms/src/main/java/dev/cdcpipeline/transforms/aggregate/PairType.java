package dev.cdcpipeline.transforms.aggregate;

import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A key of two columns, for example an hour and a status: ordered by the first, then by the second.
 * Pairs nest for more columns.
 *
 * @param <V> the key's class, a record of the two
 */
public final class PairType<A, B, V> implements ValueType<V> {
  private final ValueType<A> firstType;
  private final Function<V, A> first;
  private final ValueType<B> secondType;
  private final Function<V, B> second;
  private final BiFunction<A, B, V> pair;

  public PairType(
      ValueType<A> firstType,
      Function<V, A> first,
      ValueType<B> secondType,
      Function<V, B> second,
      BiFunction<A, B, V> pair) {
    this.firstType = firstType;
    this.first = first;
    this.secondType = secondType;
    this.second = second;
    this.pair = pair;
  }

  @Override
  public void write(BinaryOutput out, V value) {
    firstType.write(out, first.apply(value));
    secondType.write(out, second.apply(value));
  }

  @Override
  public V read(BinaryInput in) {
    A a = firstType.read(in);
    return pair.apply(a, secondType.read(in));
  }

  @Override
  public int hash(V value) {
    return 31 * firstType.hash(first.apply(value)) + secondType.hash(second.apply(value));
  }

  @Override
  public int compare(V left, V right) {
    int byFirst = firstType.compare(first.apply(left), first.apply(right));
    return byFirst != 0 ? byFirst : secondType.compare(second.apply(left), second.apply(right));
  }
}
