package dev.cdcpipeline.sink.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };
  private final Backoff backoff =
      new Backoff(Duration.ofMillis(100), Duration.ofMillis(400), Duration.ofSeconds(1), clock);

  @Test
  void isDueBeforeAnyFault() {
    assertThat(backoff.isDue()).isTrue();
    assertThat(backoff.isExhausted()).isFalse();
  }

  @Test
  void doublesTheWaitUpToTheLongestAndTakesUpToHalfOffAtRandom() {
    for (long wait : new long[] {100, 200, 400, 400}) {
      backoff.next();
      assertThat(backoff.isDue()).isFalse();
      assertThat(backoff.remaining().toMillis()).isBetween(wait / 2, wait);
    }
  }

  @Test
  void isExhaustedAfterTheLimitSinceTheFirstFault() {
    backoff.next();
    now = now.plusMillis(999);
    assertThat(backoff.isExhausted()).isFalse();
    now = now.plusMillis(1);
    assertThat(backoff.isExhausted()).isTrue();
  }

  @Test
  void forgetsFaultsOnceItWorksAgain() {
    backoff.next();
    backoff.reset();
    assertThat(backoff.isDue()).isTrue();
    now = now.plusSeconds(10);
    assertThat(backoff.isExhausted()).isFalse();
  }
}
