package dev.cdcpipeline.transforms.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjLongConsumer;
import org.junit.jupiter.api.Test;

class AccumulatorTest {

  @Test
  void aSumThatOverflowedOnTheWayIsStillExact() {
    Aggregate<Long, ?, Long> sum = Aggregate.sumOfLongs(value -> value);
    Group<Long> group = group(sum, Long.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, -5L);

    assertThat(group.get(sum)).isEqualTo(Long.MAX_VALUE - 6);
  }

  @Test
  void aSumBeyondBigintIsRefusedAsPostgreSqlRefusesIt() {
    Aggregate<Long, ?, Long> sum = Aggregate.sumOfLongs(value -> value);
    Group<Long> group = group(sum, Long.MAX_VALUE, 1L);

    assertThatThrownBy(() -> group.get(sum))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage("sum of integers exceeds bigint; sum them as decimals");
  }

  @Test
  void averagesRoundHalfAwayFromZero() {
    Aggregate<BigDecimal, ?, BigDecimal> average = Aggregate.average(value -> value, 2);

    assertThat(group(average, new BigDecimal("0.01"), BigDecimal.ZERO).get(average))
        .isEqualTo("0.01");
    assertThat(group(average, new BigDecimal("-0.01"), BigDecimal.ZERO).get(average))
        .isEqualTo("-0.01");
  }

  @Test
  void nothingButNullsSumsToZeroAndHasNoAverageAndNoMaximum() {
    Aggregate<BigDecimal, ?, Long> rows = Aggregate.count();
    Aggregate<BigDecimal, ?, Long> values = Aggregate.count(value -> value);
    Aggregate<BigDecimal, ?, BigDecimal> sum = Aggregate.sum(value -> value);
    Aggregate<BigDecimal, ?, BigDecimal> average = Aggregate.average(value -> value, 2);
    Aggregate<BigDecimal, ?, BigDecimal> max = Aggregate.max(value -> value, ValueType.DECIMAL);
    Aggregation<BigDecimal> all = new Aggregation<>(List.of(rows, values, sum, average, max));

    Group<BigDecimal> group = all.emptyGroup(SortedMapIndex.inMemory());
    group.accumulate(all.contributionOf(null));

    assertThat(group.get(rows)).isEqualTo(1);
    assertThat(group.get(values)).isZero();
    assertThat(group.get(sum)).isZero();
    assertThat(group.get(average)).isNull();
    assertThat(group.get(max)).isNull();
    assertThat(group.isEmpty()).isFalse();
  }

  @Test
  void anAggregateThatIsNotInTheGroupIsRefused() {
    Group<Long> group = group(Aggregate.<Long>count());

    assertThatThrownBy(() -> group.get(Aggregate.<Long>count()))
        .hasMessage("the group has no such aggregate; name it in aggregate(…) too");
  }

  @Test
  void statesOfDifferentKindsAreNotMerged() {
    assertThatThrownBy(() -> new CountAccumulator<Long>().merge(new LongSumAccumulator()))
        .hasMessage("cannot merge LongSumAccumulator into CountAccumulator");
  }

  @Test
  void aUsualStateIsAFewBytes() {
    AggregationFixture items = new AggregationFixture();
    Group<AggregationFixture.Item> group =
        items.groupOf(
            List.of(new AggregationFixture.Item(7L, 2L, new BigDecimal("19.99"), "paid")));

    assertThat(items.stateOf(group)).hasSizeLessThan(48);
  }

  @Test
  void aRowThatReplacesAnotherTouchesOnlyTheAggregatesThatSeeADifference() {
    AtomicInteger writes = new AtomicInteger();
    OrderedIndex.Provider counting = counting(SortedMapIndex.inMemory(), writes);
    Aggregate<String, ?, Long> initials =
        Aggregate.countDistinct(value -> value.substring(0, 1), ValueType.STRING);
    Aggregate<String, ?, String> last = Aggregate.max(value -> value, ValueType.STRING);
    Aggregation<String> both = new Aggregation<>(List.of(initials, last));
    Group<String> group = both.emptyGroup(counting);
    group.accumulate(both.contributionOf("ann"));
    int before = writes.get();

    group.replace(both.contributionOf("ann"), both.contributionOf("amy"));

    assertThat(writes.get() - before).as("of max alone").isEqualTo(2);
    assertThat(group.get(initials)).isEqualTo(1);
    assertThat(group.get(last)).isEqualTo("amy");
    assertThat(group.rows()).isEqualTo(1);
  }

  private static OrderedIndex.Provider counting(
      OrderedIndex.Provider indexes, AtomicInteger writes) {
    return new OrderedIndex.Provider() {
      @Override
      public <V> OrderedIndex<V> index(int ordinal, ValueType<V> type) {
        OrderedIndex<V> index = indexes.index(ordinal, type);
        return new OrderedIndex<>() {
          @Override
          public long add(V value, long delta) {
            writes.incrementAndGet();
            return index.add(value, delta);
          }

          @Override
          public long multiplicity(V value) {
            return index.multiplicity(value);
          }

          @Override
          public void put(V value, long multiplicity) {
            writes.incrementAndGet();
            index.put(value, multiplicity);
          }

          @Override
          public V first() {
            return index.first();
          }

          @Override
          public V last() {
            return index.last();
          }

          @Override
          public void forEach(ObjLongConsumer<V> visitor) {
            index.forEach(visitor);
          }
        };
      }
    };
  }

  @SafeVarargs
  private static <T> Group<T> group(Aggregate<T, ?, ?> aggregate, T... rows) {
    Aggregation<T> aggregation = new Aggregation<>(List.of(aggregate));
    Group<T> group = aggregation.emptyGroup(SortedMapIndex.inMemory());
    for (T row : rows) {
      group.accumulate(aggregation.contributionOf(row));
    }
    return group;
  }
}
