package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.Module;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.relational.TableId;
import io.debezium.relational.TableSchema;
import io.debezium.spi.schema.DataCollectionId;
import io.debezium.spi.topic.TopicNamingStrategy;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.connect.errors.RetriableException;

/**
 * The tables that a snapshot reads as a whole: in the publication, captured by the connector, and
 * with no statement of their own. Where a setting names the tables of snapshots, none: what is not
 * read is not empty.
 */
final class CapturedTables implements Supplier<Collection<SnapshotAnnouncements.Captured>> {
  private static final String PUBLISHED =
      "SELECT schemaname, tablename FROM pg_catalog.pg_publication_tables WHERE pubname = ?"
          + " ORDER BY 1, 2";

  /** Debezium may be reading the schema anew, as it does before it streams. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final long LOOK_NANOS = 20_000_000;

  private final PostgresConnectorConfig config;
  private final PostgresSchema schema;
  private final TopicNamingStrategy<DataCollectionId> topics;

  /**
   * @param schema Debezium's, which knows the tables when a snapshot was read
   */
  @SuppressWarnings("unchecked")
  CapturedTables(PostgresConnectorConfig config, PostgresSchema schema) {
    this.config = config;
    this.schema = schema;
    this.topics =
        (TopicNamingStrategy<DataCollectionId>)
            config.getTopicNamingStrategy(PostgresConnectorConfig.TOPIC_NAMING_STRATEGY);
  }

  @Override
  public Collection<SnapshotAnnouncements.Captured> get() {
    List<SnapshotAnnouncements.Captured> tables = new ArrayList<>();
    if (!config.getDataCollectionsToBeSnapshotted().isEmpty()) {
      return tables;
    }
    Set<DataCollectionId> partly = config.getSnapshotSelectOverridesByTable().keySet();
    for (TableId table : published()) {
      if (config.getTableFilters().dataCollectionFilter().isIncluded(table)
          && !partly.contains(table)) {
        TableSchema known = schemaOf(table);
        tables.add(
            new SnapshotAnnouncements.Captured(
                topics.dataChangeTopic(table),
                known.keySchema(),
                known.getEnvelopeSchema().schema(),
                source(table)));
      }
    }
    return tables;
  }

  private TableSchema schemaOf(TableId table) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    TableSchema known = schema.schemaFor(table);
    while (known == null) {
      if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
        throw new RetriableException(
            "source connector: cannot announce the snapshot of %s: its columns are not known; the snapshot is read again"
                .formatted(table));
      }
      LockSupport.parkNanos(LOOK_NANOS);
      known = schema.schemaFor(table);
    }
    return known;
  }

  private Map<String, Object> source(TableId table) {
    long millis = System.currentTimeMillis();
    Map<String, Object> source = new HashMap<>();
    source.put("version", Module.version());
    source.put("connector", Module.name());
    source.put("name", config.getLogicalName());
    source.put("db", config.databaseName());
    source.put("schema", table.schema());
    source.put("table", table.table());
    source.put("ts_ms", millis);
    source.put("ts_us", millis * 1_000);
    source.put("ts_ns", millis * 1_000_000);
    return source;
  }

  private List<TableId> published() {
    try (PostgresConnection connection =
            new PostgresConnection(config.getJdbcConfig(), PostgresConnection.CONNECTION_GENERAL);
        PreparedStatement query = connection.connection().prepareStatement(PUBLISHED)) {
      query.setString(1, config.publicationName());
      List<TableId> tables = new ArrayList<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          tables.add(new TableId(null, row.getString(1), row.getString(2)));
        }
      }
      return tables;
    } catch (SQLException e) {
      throw new RetriableException(
          "source connector: cannot look at the publication %s; it is tried again: %s"
              .formatted(config.publicationName(), e.getMessage()),
          e);
    }
  }
}
