package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatheringTest {
  private static final long POLL_NANOS = 4_000_000;

  private long now;
  private final Gathering<String> gathering = new Gathering<>(Duration.ofMillis(40), () -> now);

  /** A poll of 4 ms that gives as many records. */
  private List<String> poll(int records) throws InterruptedException {
    return gathering.from(
        () -> {
          now += POLL_NANOS;
          return Collections.nCopies(records, "record");
        });
  }

  @Test
  void aQuietSourcesPollIsGivenOnAtOnce() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      assertThat(poll(5)).hasSize(5);
    }
    assertThat(now).isEqualTo(100 * POLL_NANOS);
  }

  @Test
  void aBusySourcesPollsAreGathered() throws InterruptedException {
    List<Integer> sizes = new ArrayList<>();
    while (now < 300_000_000) {
      sizes.add(poll(20).size());
    }

    assertThat(sizes.get(0)).isEqualTo(20);
    assertThat(sizes.get(sizes.size() - 1)).isEqualTo(200);
  }

  @Test
  void enoughIsGivenOnBeforeItsTime() throws InterruptedException {
    while (now < 200_000_000) {
      poll(1_500);
    }
    long before = now;

    assertThat(poll(1_500)).hasSize(3_000);
    assertThat(now - before).isEqualTo(2 * POLL_NANOS);
  }

  @Test
  void anEmptyPollWaitsForNothing() throws InterruptedException {
    while (now < 200_000_000) {
      poll(100);
    }
    long before = now;

    assertThat(poll(0)).isEmpty();
    assertThat(now - before).isEqualTo(POLL_NANOS);
  }

  @Test
  void aSourceThatHasCalmedDownIsNotWaitedFor() throws InterruptedException {
    while (now < 300_000_000) {
      poll(100);
    }
    while (now < 900_000_000) {
      poll(1);
    }

    assertThat(poll(1)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "40ms", "", "1001", "99999999999999999999"})
  void aSettingThatIsNoTimeIsRefused(String configured) {
    assertThatThrownBy(() -> ExactlyOncePostgresConnectorTask.gather(configured))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("poll.gather.ms is '" + configured + "'");
  }

  @Test
  void aSettingIsInMilliseconds() {
    assertThat(ExactlyOncePostgresConnectorTask.gather("0")).isEqualTo(Duration.ZERO);
    assertThat(ExactlyOncePostgresConnectorTask.gather(" 25 ")).isEqualTo(Duration.ofMillis(25));
    assertThat(ExactlyOncePostgresConnectorTask.gather(null)).isEqualTo(Duration.ofMillis(40));
  }
}
