package dev.cdcpipeline.sink.connect.transactional;

import dev.cdcpipeline.sink.ledger.SnapshotProgress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Tells how far the loading of a snapshot is: at its first rows, then at intervals. What remains is
 * what the topics hold by then; while the connector is still reading the source that grows.
 */
final class SnapshotReport {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final Clock clock;
  private Instant begun;
  private Instant due = Instant.MIN;
  private long rows;

  SnapshotReport(Clock clock) {
    this.clock = clock;
  }

  /** Notes that rows were loaded; true if it is time to say so. */
  boolean loaded(long more) {
    Instant now = clock.instant();
    if (begun == null) {
      begun = now;
    }
    rows += more;
    return !now.isBefore(due);
  }

  /**
   * What to say.
   *
   * @param progress as the target has it
   * @param behind records of the change topics that are written and not read
   */
  String text(SnapshotProgress progress, long behind) {
    Instant now = clock.instant();
    due = now.plus(INTERVAL);
    long total = progress.rows().values().stream().mapToLong(Long::longValue).sum();
    StringBuilder text =
        new StringBuilder(said("snapshot at %s: %,d rows loaded ", progress.lsn(), total))
            .append(new TreeMap<>(progress.rows()))
            .append(said(", %,d more are in the topics so far", behind));
    long millis = Duration.between(begun, now).toMillis();
    if (behind > 0 && millis >= 1_000) {
      text.append(said(", about %,d s for these", behind * millis / rows / 1_000 + 1));
    }
    return text.toString();
  }

  private static String said(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** The snapshot is visible; another may come. */
  void ended() {
    begun = null;
    due = Instant.MIN;
    rows = 0;
  }
}
