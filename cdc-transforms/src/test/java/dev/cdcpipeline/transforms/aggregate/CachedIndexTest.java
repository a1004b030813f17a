package dev.cdcpipeline.transforms.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjLongConsumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CachedIndexTest {

  private record Step(long value, int delta, int then) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.longs().between(-20, 20),
            Arbitraries.integers().between(-2, 2),
            Arbitraries.integers().between(0, 20))
        .as(Step::new)
        .list()
        .ofMaxSize(200);
  }

  @Property
  void anIndexOfNumbersIsWhatItIsWithoutMemory(
      @ForAll("steps") List<Step> steps, @ForAll @IntRange(min = 1, max = 60) int most) {
    check(ValueType.LONG, steps, most, Long::valueOf);
  }

  @Property
  void anIndexOfTextIsWhatItIsWithoutMemory(
      @ForAll("steps") List<Step> steps, @ForAll @IntRange(min = 1, max = 60) int most) {
    check(ValueType.STRING, steps, most, Long::toString);
  }

  private static <V> void check(
      ValueType<V> type, List<Step> steps, int most, java.util.function.LongFunction<V> value) {
    OrderedIndex<V> plain = new SortedMapIndex<>(type);
    OrderedIndex<V> behind = new SortedMapIndex<>(type);
    CachedIndex<V> cached = new CachedIndex<>(type, behind, most);
    for (Step step : steps) {
      V v = value.apply(step.value());
      assertThat(cached.add(v, step.delta())).isEqualTo(plain.add(v, step.delta()));
      assertThat(cached.size()).isLessThanOrEqualTo(most);
      if (step.then() == 0) {
        assertThat(cached.first()).isEqualTo(plain.first());
      } else if (step.then() == 1) {
        assertThat(cached.last()).isEqualTo(plain.last());
      } else if (step.then() == 2) {
        cached.write();
        assertThat(contents(behind)).isEqualTo(contents(plain));
      }
    }
    assertThat(contents(cached)).isEqualTo(contents(plain));
  }

  private static <V> Map<V, Long> contents(OrderedIndex<V> index) {
    Map<V, Long> contents = new TreeMap<>();
    index.forEach(contents::put);
    return contents;
  }

  @Test
  void whatComesAndGoesBetweenTwoWritesIsNotWritten() {
    AtomicInteger puts = new AtomicInteger();
    CachedIndex<Long> cached = new CachedIndex<>(ValueType.LONG, counting(puts), 10);
    cached.add(7L, 1);
    cached.add(7L, -1);
    cached.add(8L, 1);

    cached.write();
    cached.write();

    assertThat(puts).hasValue(1);
  }

  @Test
  void anIndexThatCouldHoldNothingIsRefused() {
    assertThatThrownBy(
            () -> new CachedIndex<>(ValueType.LONG, new SortedMapIndex<>(ValueType.LONG), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static OrderedIndex<Long> counting(AtomicInteger puts) {
    SortedMapIndex<Long> index = new SortedMapIndex<>(ValueType.LONG);
    return new OrderedIndex<>() {
      @Override
      public long add(Long value, long delta) {
        throw new AssertionError("a cached index reads and puts");
      }

      @Override
      public long multiplicity(Long value) {
        return index.multiplicity(value);
      }

      @Override
      public void put(Long value, long multiplicity) {
        puts.incrementAndGet();
        index.put(value, multiplicity);
      }

      @Override
      public Long first() {
        return index.first();
      }

      @Override
      public Long last() {
        return index.last();
      }

      @Override
      public void forEach(ObjLongConsumer<Long> visitor) {
        index.forEach(visitor);
      }
    };
  }
}
