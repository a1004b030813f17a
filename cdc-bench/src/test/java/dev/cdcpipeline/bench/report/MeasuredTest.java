package dev.cdcpipeline.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeasuredTest {
  @Test
  void theMedianIsTheMiddleOfTheSortedRuns() {
    assertThat(new Measured("ms", List.of(9.0, 1.0, 2.0)).median()).isEqualTo(2);
    assertThat(new Measured("ms", List.of(4.0, 1.0, 2.0, 9.0)).median()).isEqualTo(3);
  }

  @Test
  void showsTheSpreadOfSeveralRuns() {
    assertThat(new Measured("rows/s", List.of(34_300.0, 33_100.4, 35_000.0)).text())
        .isEqualTo("34,300 (33,100–35,000)");
    assertThat(Measured.once("ms", 12.34).text()).isEqualTo("12.3");
    assertThat(Measured.once("ms", 1.234).text()).isEqualTo("1.23");
  }

  @Test
  void aRatioIsThatOfTheMedians() {
    Measured ours = new Measured("rows/s", List.of(100.0, 120.0, 110.0));
    assertThat(ours.over(Measured.once("rows/s", 55)).median()).isEqualTo(2);
  }

  @Test
  void refusesToBeMeasuredNever() {
    assertThatThrownBy(() -> new Measured("ms", List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
