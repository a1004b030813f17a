package dev.cdcpipeline.sink.connect.config;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** What is known of the source database, in the modes transactional and mirror. */
public final class SourceKeys {
  public static final String TRANSACTION_TOPIC = "transaction.topic";
  static final String TOPIC_PREFIX = "source.topic.prefix";
  public static final String SOURCE_EPOCH = "source.epoch";
  public static final String STALL_TIMEOUT_MS = "stall.timeout.ms";
  public static final String REPLAY_HORIZON_MS = "replay.horizon.ms";

  private static final String GROUP = "Source";

  private SourceKeys() {}

  static void define(ConfigDef def) {
    int order = 0;
    def.define(
        TRANSACTION_TOPIC,
        Type.STRING,
        "",
        Importance.HIGH,
        "Debezium's transaction topic (<topic.prefix>.transaction), needed in transactional mode."
            + " It must be among the connector's topics.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Transaction topic");
    def.define(
        TOPIC_PREFIX,
        Type.STRING,
        "",
        Importance.MEDIUM,
        "Debezium's topic.prefix; empty for the transaction topic's name without its last part.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Topic prefix");
    def.define(
        SOURCE_EPOCH,
        Type.INT,
        0,
        Range.atLeast(0),
        Importance.LOW,
        "Raise it by one when the source was restored or migrated, so that its new, possibly lower"
            + " log positions count as later.",
        GROUP,
        ++order,
        Width.SHORT,
        "Source epoch");
    def.define(
        STALL_TIMEOUT_MS,
        Type.LONG,
        120_000L,
        Range.between(1_000L, 86_400_000L),
        Importance.MEDIUM,
        "How long an incomplete transaction may block those behind it before the task stops and"
            + " says what is missing.",
        GROUP,
        ++order,
        Width.SHORT,
        "Stall timeout (ms)");
    def.define(
        REPLAY_HORIZON_MS,
        Type.LONG,
        3_600_000L,
        Range.between(1_000L, 2_592_000_000L),
        Importance.MEDIUM,
        "How long mode mirror keeps the positions of deleted keys, so that an older change that"
            + " comes again, or late, can't bring a row back.",
        GROUP,
        ++order,
        Width.SHORT,
        "Replay horizon (ms)");
  }
}
