package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorConfig.SnapshotMode;
import io.debezium.heartbeat.HeartbeatImpl;
import io.debezium.schema.SchemaFactory;
import io.debezium.schema.SchemaNameAdjuster;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * How a connector begins with a snapshot. Debezium reads a snapshot in one transaction, at the
 * position from which the slot streams, only if it creates the slot itself; with a slot that exists
 * each table is read at another commit.
 */
enum SnapshotStart {
  /** It goes on streaming, or reads no rows. */
  NONE,
  /** It has no offset: the slot must not exist yet. */
  FIRST,
  /**
   * It has an offset, so the slot is its own and is replaced: a retry, or a snapshot at each start.
   */
  ON_A_NEW_SLOT;

  /**
   * How a connector begins.
   *
   * @param offset null if it has none
   */
  static SnapshotStart of(PostgresConnectorConfig config, Map<String, Object> offset) {
    if (!readsRows(config, offset)) {
      return NONE;
    }
    boolean first = offset == null || config.getSnapshotMode() == SnapshotMode.INITIAL_ONLY;
    return first ? FIRST : ON_A_NEW_SLOT;
  }

  private static boolean readsRows(PostgresConnectorConfig config, Map<String, Object> offset) {
    return switch (config.getSnapshotMode()) {
      case INITIAL, INITIAL_ONLY, WHEN_NEEDED ->
          offset == null || RestartOffset.isInInitialSnapshot(offset);
      case ALWAYS -> true;
      case CONFIGURATION_BASED -> config.snapshotModeConfigurationBasedSnapshotData();
      // of a custom mode nobody knows before it is asked by Debezium
      case NO_DATA, CUSTOM -> false;
    };
  }

  /** Whether all tables are read again if the slot has lost something. */
  static boolean rereadsLostData(PostgresConnectorConfig config) {
    return config.getSnapshotMode() == SnapshotMode.WHEN_NEEDED
        || (config.getSnapshotMode() == SnapshotMode.CONFIGURATION_BASED
            && config.snapshotModeConfigurationBasedSnapshotOnDataError());
  }

  /** A slot in the way of a first snapshot. It may be somebody else's, so it is left alone. */
  static ConnectException slotExists(String slot) {
    return new ConnectException(
        "source connector: replication slot '%1$s' exists, but this connector has no offset and did not create it; a snapshot must begin with a new slot to be one consistent read. If nobody else uses the slot, run SELECT pg_drop_replication_slot('%1$s') at the source and restart the task; or else set slot.name to another name"
            .formatted(slot));
  }

  /**
   * A sign of life whose offset says that a snapshot has begun: with it stored, a slot found after
   * a crash is known to be the connector's own.
   */
  static SourceRecord record(PostgresConnectorConfig config) {
    SchemaNameAdjuster names = config.schemaNameAdjuster();
    Schema keySchema = SchemaFactory.get().heartbeatKeySchema(names);
    Schema valueSchema = SchemaFactory.get().heartbeatValueSchema(names);
    return new SourceRecord(
        Map.of("server", config.getLogicalName()),
        RestartOffset.beforeFirstSnapshot(),
        config
            .getTopicNamingStrategy(PostgresConnectorConfig.TOPIC_NAMING_STRATEGY)
            .heartbeatTopic(),
        0,
        keySchema,
        new Struct(keySchema).put(HeartbeatImpl.SERVER_NAME_KEY, config.getLogicalName()),
        valueSchema,
        new Struct(valueSchema).put("ts_ms", System.currentTimeMillis()));
  }
}
