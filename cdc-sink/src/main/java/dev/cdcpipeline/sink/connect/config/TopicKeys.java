package dev.cdcpipeline.sink.connect.config;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;

/** How topics become tables in the modes upsert and append, where each topic is by itself. */
final class TopicKeys {
  static final String INPUT = "input";
  static final String TABLE_FORMAT = "table.name.format";
  static final String KEY_FROM = "key.from";
  static final String KEY_COLUMNS = "key.columns";
  static final String TOMBSTONES = "tombstones";
  static final String TRUNCATES = "truncates";
  static final String AUTO_CREATE = "auto.create";
  static final String APPLIED_AT = "applied.at.column";

  /** Names the table of one topic, which follows. */
  static final String TABLE_PREFIX = "table.";

  private static final String GROUP = "Topics";

  private TopicKeys() {}

  static void define(ConfigDef def) {
    int order = 0;
    def.define(
        INPUT,
        Type.STRING,
        "avro",
        ValidString.in("avro", "connect"),
        Importance.HIGH,
        "What records are: avro for raw Avro bytes in the Confluent wire format, which"
            + " the sink decodes itself and which needs the ByteArrayConverter for key and"
            + " value; connect for what any other converter makes of them.",
        GROUP,
        ++order,
        Width.SHORT,
        "Input");
    def.define(
        TABLE_FORMAT,
        Type.STRING,
        "${topic}",
        tableFormat(),
        Importance.MEDIUM,
        "Name of the table a topic is written to in the modes upsert and append:"
            + " ${topic} stands for the topic's name, ${table} for its last part after a dot,"
            + " and what comes before the format's own first dot is the schema (public"
            + " without one). table.<topic> names the table of one topic.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Table name format");
    def.define(
        KEY_FROM,
        Type.STRING,
        "key",
        ValidString.in("key", "value"),
        Importance.MEDIUM,
        "Whether a row's key columns are the fields of the record's key or fields of"
            + " its value. key.from.<topic> decides for one topic.",
        GROUP,
        ++order,
        Width.SHORT,
        "Key from");
    def.define(
        KEY_COLUMNS,
        Type.LIST,
        List.of(),
        Importance.MEDIUM,
        "Names of the key columns; empty for all fields of the record's key. A record"
            + " key that is no record takes the one name given here. key.columns.<topic>"
            + " names those of one topic.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Key columns");
    def.define(
        TOMBSTONES,
        Type.STRING,
        "delete",
        ValidString.in("delete", "ignore", "refuse"),
        Importance.MEDIUM,
        "What a record without a value does: delete the row of its key (in mode append"
            + " it is ignored), be ignored, or be refused and go to the dead letters."
            + " tombstones.<topic> decides for one topic.",
        GROUP,
        ++order,
        Width.SHORT,
        "Tombstones");
    def.define(
        TRUNCATES,
        Type.STRING,
        "refuse",
        ValidString.in("refuse", "ignore"),
        Importance.MEDIUM,
        "What a TRUNCATE of the source table does in mode upsert, which can't tell the rows"
            + " of before from those of after it: stop the task, or be ignored, so that the"
            + " rows stay; docs/sink.md says how to remove them. truncates.<topic> decides for"
            + " one topic.",
        GROUP,
        ++order,
        Width.SHORT,
        "Truncates");
    def.define(
        AUTO_CREATE,
        Type.BOOLEAN,
        true,
        Importance.MEDIUM,
        "Whether a missing table is created from the records' columns, with the key as"
            + " its primary key. auto.create.<topic> decides for one topic.",
        GROUP,
        ++order,
        Width.SHORT,
        "Create tables");
    def.define(
        APPLIED_AT,
        Type.STRING,
        "",
        Importance.LOW,
        "A column that is set to the time of the flush with every row that is written;"
            + " empty for none. applied.at.column.<topic> names that of one topic.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Column for the time applied");
  }

  private static ConfigDef.Validator tableFormat() {
    return ConfigDef.LambdaValidator.with(
        (name, value) -> {
          String format = String.valueOf(value);
          if (!format.contains("${topic}") && !format.contains("${table}")) {
            throw new ConfigException(
                name, value, "must contain ${topic} or ${table}; for one table use table.<topic>");
          }
        },
        () -> "a name with ${topic} or ${table}");
  }
}
