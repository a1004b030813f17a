package dev.cdcpipeline.sink.connect.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cdcpipeline.sink.SteppedClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecentValuesTest {
  private final SteppedClock clock = new SteppedClock();
  private final RecentValues values = new RecentValues(clock);

  @Test
  void nothingIsZero() {
    assertThat(values.average()).isZero();
    assertThat(values.max()).isZero();
    assertThat(values.quantile(0.99)).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.5, 0.9, 0.99, 0.999, 1})
  void quantilesAreWithinSevenPercent(double share) {
    for (long value = 1; value <= 100_000; value++) {
      values.add(value);
    }

    double exact = Math.ceil(share * 100_000);
    assertThat((double) values.quantile(share)).isCloseTo(exact, within(exact * 0.07));
  }

  @Test
  void smallValuesAreExact() {
    for (long value = 0; value < 16; value++) {
      values.add(value);
    }

    assertThat(values.quantile(0.5)).isEqualTo(7);
    assertThat(values.max()).isEqualTo(15);
    assertThat(values.average()).isEqualTo(7.5);
  }

  @Test
  void theLargestLongHasABucket() {
    values.add(Long.MAX_VALUE);

    assertThat(values.quantile(1)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aClockThatRanAheadMakesNoNegativeValue() {
    values.add(-5);

    assertThat(values.max()).isZero();
    assertThat(values.quantile(1)).isZero();
  }

  @Test
  void valuesAreForgottenAfterAMinute() {
    values.add(1_000);
    clock.step(Duration.ofSeconds(49));
    values.add(10);
    assertThat(values.max()).isEqualTo(1_000);

    clock.step(Duration.ofSeconds(30));

    assertThat(values.max()).isEqualTo(10);
    assertThat(values.average()).isEqualTo(10);
    assertThat(values.quantile(0.99)).isEqualTo(10);
  }
}
