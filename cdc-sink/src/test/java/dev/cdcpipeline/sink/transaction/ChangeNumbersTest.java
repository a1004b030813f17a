package dev.cdcpipeline.sink.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.transaction.ChangeNumbers.Known;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ChangeNumbersTest {

  @Property(tries = 50)
  void knowsEachNumberWithItsLsnInWhateverOrderTheyCome(
      @ForAll @IntRange(min = 1, max = 5_000) int count, @ForAll long seed) {
    Random random = new Random(seed);
    long[] lsns = new long[count];
    long lsn = 1L + random.nextInt(1_000_000);
    for (int i = 0; i < count; i++) {
      lsn += random.nextInt(4) == 0 ? 0 : 1L << random.nextInt(40);
      lsns[i] = lsn;
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      order.add(i);
    }
    Collections.shuffle(order.subList(0, count / 2), random);
    ChangeNumbers numbers = new ChangeNumbers();

    for (int i : order) {
      assertThat(numbers.take(i + 1, new Lsn(lsns[i]))).isEqualTo(Known.NO);
    }

    assertThat(numbers.count()).isEqualTo(count);
    assertThat(numbers.highest()).isEqualTo(count);
    for (int i : order) {
      assertThat(numbers.take(i + 1, new Lsn(lsns[i]))).isEqualTo(Known.YES);
      assertThat(numbers.take(i + 1, new Lsn(lsns[i] + 1))).isEqualTo(Known.OTHERWISE);
    }
    assertThat(numbers.count()).isEqualTo(count);
  }

  @Test
  void countsWhatItTookAndNotWhatItSkipped() {
    ChangeNumbers numbers = new ChangeNumbers();
    numbers.take(3, new Lsn(10));
    numbers.take(1, new Lsn(9));
    numbers.take(3, new Lsn(10));

    assertThat(numbers.count()).isEqualTo(2);
    assertThat(numbers.highest()).isEqualTo(3);
  }
}
