package dev.cdcpipeline.sink.connect.config;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** When a flush is written, and what memory may hold. */
public final class FlushKeys {
  public static final String FLUSH_MAX_ROWS = "flush.max.rows";
  public static final String BUFFER_MAX_BYTES = "buffer.max.bytes";
  public static final String SPILL_DIR = "spill.dir";
  public static final String IDLE_INTERVAL_MS = "idle.interval.ms";
  public static final String FLUSH_MAX_BYTES = "flush.max.bytes";
  public static final String FLUSH_INTERVAL_MS = "flush.interval.ms";
  public static final String COPY_THRESHOLD = "copy.threshold";

  private static final String GROUP = "Flushing and memory";

  private FlushKeys() {}

  static void define(ConfigDef def) {
    int order = 0;
    def.define(
        FLUSH_MAX_ROWS,
        Type.INT,
        20_000,
        Range.between(1, 1_000_000),
        Importance.MEDIUM,
        "How many records make one flush at most when there is a backlog. In transactional mode a"
            + " transaction is never split.",
        GROUP,
        ++order,
        Width.SHORT,
        "Rows per flush");
    def.define(
        BUFFER_MAX_BYTES,
        Type.LONG,
        64L << 20,
        Range.between(1L << 20, 64L << 30),
        Importance.MEDIUM,
        "Bytes of encoded changes held in memory for transactions that are not complete; beyond it"
            + " partitions that run ahead are paused and one large transaction is spilled to"
            + " files.",
        GROUP,
        ++order,
        Width.SHORT,
        "Buffer (bytes)");
    def.define(
        SPILL_DIR,
        Type.STRING,
        "",
        Importance.LOW,
        "Directory in which each task makes one of its own, readable by its user only, for"
            + " transactions larger than the buffer; empty for java.io.tmpdir.",
        GROUP,
        ++order,
        Width.LONG,
        "Spill directory");
    def.define(
        FLUSH_MAX_BYTES,
        Type.LONG,
        16L << 20,
        Range.between(1L << 10, 1L << 30),
        Importance.MEDIUM,
        "Bytes of encoded rows and of the records they come from after which a flush is written"
            + " in the modes upsert and append, whatever its number of rows; two flushes are in"
            + " memory at a time.",
        GROUP,
        ++order,
        Width.SHORT,
        "Bytes per flush");
    def.define(
        FLUSH_INTERVAL_MS,
        Type.LONG,
        0L,
        Range.between(0L, 600_000L),
        Importance.MEDIUM,
        "How long the modes upsert and append gather rows before a flush that is not"
            + " full is written; 0 to write what there is as soon as the flush before it is"
            + " done.",
        GROUP,
        ++order,
        Width.SHORT,
        "Flush interval (ms)");
    def.define(
        COPY_THRESHOLD,
        Type.INT,
        3_000,
        Range.between(1, 1_000_000),
        Importance.LOW,
        "Rows of one table in a flush from which on they are staged by COPY instead of"
            + " being sent as arrays.",
        GROUP,
        ++order,
        Width.SHORT,
        "Rows for COPY");
    def.define(
        IDLE_INTERVAL_MS,
        Type.LONG,
        200L,
        Range.between(10L, 60_000L),
        Importance.LOW,
        "How often the task looks for requests (new results, timed rules) while nothing arrives.",
        GROUP,
        ++order,
        Width.SHORT,
        "Idle interval (ms)");
  }
}
