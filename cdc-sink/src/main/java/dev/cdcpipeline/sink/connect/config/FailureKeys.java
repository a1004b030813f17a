package dev.cdcpipeline.sink.connect.config;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** What becomes of faults and of records that can't be written. */
public final class FailureKeys {
  public static final String RETRY_BACKOFF_MS = "retry.backoff.ms";
  public static final String RETRY_BACKOFF_MAX_MS = "retry.backoff.max.ms";
  public static final String RETRY_TIMEOUT_MS = "retry.timeout.ms";
  public static final String BAD_RECORDS_MAX_SHARE = "bad.records.max.share";

  private static final String GROUP = "Failure";

  private FailureKeys() {}

  static void define(ConfigDef def) {
    int order = 0;
    def.define(
        RETRY_BACKOFF_MS,
        Type.LONG,
        100L,
        Range.between(1L, 60_000L),
        Importance.LOW,
        "First wait after a passing fault (connection, deadlock, registry away); it doubles, with"
            + " jitter, up to retry.backoff.max.ms.",
        GROUP,
        ++order,
        Width.SHORT,
        "Retry back-off (ms)");
    def.define(
        RETRY_BACKOFF_MAX_MS,
        Type.LONG,
        5_000L,
        Range.between(1L, 600_000L),
        Importance.LOW,
        "Longest wait between two tries.",
        GROUP,
        ++order,
        Width.SHORT,
        "Longest back-off (ms)");
    def.define(
        RETRY_TIMEOUT_MS,
        Type.LONG,
        900_000L,
        Range.between(0L, 604_800_000L),
        Importance.MEDIUM,
        "How long a passing fault may last before the task fails; nothing is lost, and a restart"
            + " goes on from the ledger.",
        GROUP,
        ++order,
        Width.SHORT,
        "Retry timeout (ms)");
    def.define(
        BAD_RECORDS_MAX_SHARE,
        Type.DOUBLE,
        0.5,
        Range.between(0.0, 1.0),
        Importance.MEDIUM,
        "Share of records that can't be decoded or written beyond which the task stops"
            + " instead of filling the dead letter queue: it is the system then, not the"
            + " records. Judged over at least 100 records; 1 for no limit.",
        GROUP,
        ++order,
        Width.SHORT,
        "Bad records (share)");
  }
}
