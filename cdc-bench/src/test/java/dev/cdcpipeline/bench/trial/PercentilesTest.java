package dev.cdcpipeline.bench.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {
  @Test
  void givesTheSmallestValueThatSoManyPercentDoNotExceed() {
    Percentiles hundred =
        new Percentiles(IntStream.rangeClosed(1, 100).mapToDouble(i -> 101 - i).toArray());
    assertThat(hundred.p(50)).isEqualTo(50);
    assertThat(hundred.p(99)).isEqualTo(99);
    assertThat(hundred.p(100)).isEqualTo(100);
  }

  @Test
  void hasNoneOfNothing() {
    assertThat(new Percentiles(new double[0]).p(50)).isNaN();
  }
}
