package dev.cdcpipeline.sink.connect.config;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;

/** Which tables are written, and how. */
public final class TableKeys {
  static final String MODE = "mode";
  static final String SINK_NAME = "sink.name";
  public static final String MIRROR_SCHEMA = "mirror.schema";
  public static final String RESULT_SCHEMA = "result.schema";
  public static final String RESULTS_DIR = "results.dir";
  public static final String SCHEMA_EVOLUTION = "schema.evolution";

  private static final String GROUP = "Tables and results";

  private TableKeys() {}

  static void define(ConfigDef def) {
    int order = 0;
    def.define(
        MODE,
        Type.STRING,
        "transactional",
        ValidString.in("transactional", "mirror", "upsert", "append"),
        Importance.HIGH,
        "How records reach the target: transactional applies whole source transactions in commit"
            + " order, with one task; with any number of tasks, mirror keeps a table like the"
            + " source's for each of Debezium's change topics, upsert writes the last record of"
            + " every key, and append every record, of any topics. mode.<topic> chooses mirror,"
            + " upsert or append for one topic.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Mode");
    def.define(
        SINK_NAME,
        Type.STRING,
        "",
        Importance.MEDIUM,
        "Name of the sink in the ledger; empty for the connector's name. Two sinks with one name"
            + " fence each other.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Sink name");
    def.define(
        MIRROR_SCHEMA,
        Type.STRING,
        "mirror",
        new NonEmptyString(),
        Importance.MEDIUM,
        "Schema of the mirrors in the target; ${schema} in it is the source table's own, so that"
            + " tables of one name in several schemas have a mirror each. In mode mirror"
            + " table.name.format and table.<topic> may name others.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Mirror schema");
    def.define(
        RESULT_SCHEMA,
        Type.STRING,
        "analytics",
        new NonEmptyString(),
        Importance.MEDIUM,
        "Schema of the results in the target.",
        GROUP,
        ++order,
        Width.MEDIUM,
        "Result schema");
    def.define(
        RESULTS_DIR,
        Type.STRING,
        "",
        Importance.MEDIUM,
        "Directory of result files (*.sql) on the worker; empty for mirrors alone.",
        GROUP,
        ++order,
        Width.LONG,
        "Results directory");
    def.define(
        SCHEMA_EVOLUTION,
        Type.STRING,
        "evolve",
        ValidString.in("none", "add", "evolve"),
        Importance.MEDIUM,
        "What the sink may do to a table when the columns of what it writes change: nothing, add"
            + " columns, or also widen types and relax NOT NULL. It never drops and never narrows."
            + " Where it is not set the modes upsert and append add columns, and widen none.",
        GROUP,
        ++order,
        Width.SHORT,
        "Schema evolution");
  }
}
