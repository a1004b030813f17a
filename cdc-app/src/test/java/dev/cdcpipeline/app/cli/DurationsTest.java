package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "60s,PT1M",
    "2m,PT2M",
    "500ms,PT0.5S",
    "1h30m,PT1H30M",
    "1m5s250ms,PT1M5.25S",
    "3h,PT3H"
  })
  void readsNumbersWithUnits(String text, Duration expected) {
    assertThat(Durations.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"60", "1.5s", "-3s", "s", "5 s", "30m1h", "1d", "", "99999999999999999s"})
  void saysWhatADurationLooksLike(String text) {
    assertThatThrownBy(() -> Durations.parse(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage(
            "'"
                + text
                + "' is not a duration; write numbers with units, for example 60s, 2m, 1h30m or"
                + " 500ms");
  }

  @Test
  void noTimeAtAllIsRefused() {
    assertThatThrownBy(() -> Durations.parse("0s"))
        .hasMessage("'0s' is no time at all; a duration is above 0");
  }

  @Test
  void showsWhatMatters() {
    assertThat(Durations.format(Duration.ofMillis(45))).isEqualTo("45 ms");
    assertThat(Durations.format(Duration.ofMillis(12_340))).isEqualTo("12.3 s");
    assertThat(Durations.format(Duration.ofSeconds(125))).isEqualTo("2 min 5 s");
    assertThat(Durations.format(Duration.ofMinutes(90))).isEqualTo("1 h 30 min");
  }
}
