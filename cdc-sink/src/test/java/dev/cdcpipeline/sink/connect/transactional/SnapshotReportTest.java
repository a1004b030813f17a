package dev.cdcpipeline.sink.connect.transactional;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.SnapshotProgress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotReportTest {
  private static final SnapshotProgress PROGRESS =
      new SnapshotProgress(
          Lsn.parse("0/16B3748"),
          false,
          Map.of(new TableId("public", "orders"), 9_000L, new TableId("public", "items"), 1_000L));

  private final SettableClock clock = new SettableClock();
  private final SnapshotReport report = new SnapshotReport(clock);

  @Test
  void saysRowsDoneRowsToComeAndTheTimeTheyTake() {
    report.loaded(5_000);
    clock.now = clock.now.plusSeconds(10);
    assertThat(report.loaded(5_000)).isTrue();

    assertThat(report.text(PROGRESS, 30_000))
        .isEqualTo(
            "snapshot at 0/16B3748: 10,000 rows loaded {public.items=1000, public.orders=9000},"
                + " 30,000 more are in the topics so far, about 31 s for these");
  }

  @Test
  void saysSoAtTheFirstRowsAndThenEveryTenSeconds() {
    assertThat(report.loaded(1)).isTrue();
    assertThat(report.text(PROGRESS, 5)).endsWith("5 more are in the topics so far");

    clock.now = clock.now.plus(Duration.ofMillis(9_999));
    assertThat(report.loaded(1)).isFalse();
    clock.now = clock.now.plus(Duration.ofMillis(1));
    assertThat(report.loaded(1)).isTrue();
  }

  @Test
  void beginsAnewWithTheNextSnapshot() {
    report.loaded(1_000_000);
    report.text(PROGRESS, 5);
    report.ended();

    assertThat(report.loaded(1)).isTrue();
  }

  private static final class SettableClock extends Clock {
    private Instant now = Instant.EPOCH;

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
