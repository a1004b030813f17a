package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackOffTest {
  private final BackOff backOff =
      new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofMinutes(1));

  @Test
  void doublesUpToTheLongestPause() {
    assertThat(backOff.next(0)).hasSeconds(1);
    assertThat(backOff.next(1)).hasSeconds(2);
    assertThat(backOff.next(2)).hasSeconds(4);
    assertThat(backOff.next(3)).hasSeconds(5);
    assertThat(backOff.next(4)).hasSeconds(5);
  }

  @Test
  void beginsAnewAfterAQuietTime() {
    backOff.next(0);
    backOff.next(1);

    assertThat(backOff.next(Duration.ofMinutes(2).toNanos())).hasSeconds(1);
  }

  @Test
  void staysLongWhileTriesFollowOneAnother() {
    backOff.next(0);

    assertThat(backOff.next(Duration.ofSeconds(59).toNanos())).hasSeconds(2);
  }
}
