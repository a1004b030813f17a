package dev.cdcpipeline.debezium;

import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.relational.Table;
import io.debezium.relational.TableId;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Debezium's schema as its decoder sees it: what the source's log says of a relation goes through
 * here.
 *
 * <ul>
 *   <li>A relation that has got a name which is not captured is captured no more; Debezium would go
 *       on to take its changes for those of the table that it was.
 *   <li>The first change behind each description carries the relation's oid and the numbers of its
 *       columns in headers, so that a sink can tell a table from another one under its name, and a
 *       column as well.
 *   <li>A table whose deletes do not say which row it was is refused: {@link RowIdentities}.
 * </ul>
 *
 * <p>The decoder calls it in the thread that streams; {@link #announced} runs in the one that
 * polls.
 */
final class RelationWatch extends PostgresSchema {
  /** The header; its value is {@code pg_class.oid}. */
  static final String HEADER = "cdc.relation";

  /** The header with {@link ColumnNumbers}. */
  static final String COLUMNS_HEADER = "cdc.columns";

  private final PostgresSchema schema;
  private final PostgresConnectorConfig config;
  private final RowIdentities identities;
  private final ColumnNumbers numbers;
  private final Set<Integer> uncaptured = new HashSet<>();
  // a description makes new schemas, and a record has the one that it was made with; the server
  // describes a table right before a change of it, so that each is announced
  private final IdentityHashMap<Schema, Description> unannounced = new IdentityHashMap<>();
  private volatile boolean hasNews;

  private record Description(long relation, String columns) {}

  /**
   * Its own tables stay empty, so that it needs no converters.
   *
   * @param schema Debezium's own, which knows the tables
   */
  RelationWatch(
      CdcSourceTaskContext<PostgresConnectorConfig> context,
      PostgresSchema schema,
      RowIdentities identities,
      ColumnNumbers numbers) {
    super(context, null, null, null, null);
    this.schema = schema;
    this.config = context.getConfig();
    this.identities = identities;
    this.numbers = numbers;
  }

  @Override
  public void applySchemaChangesForTable(int relation, Table table) {
    if (!config.getTableFilters().dataCollectionFilter().isIncluded(table.id())) {
      uncaptured.add(relation);
      identities.forget(relation);
      return;
    }
    uncaptured.remove(relation);
    identities.check(relation, table);
    schema.applySchemaChangesForTable(relation, table);
    described(
        schema.schemaFor(table.id()).getEnvelopeSchema().schema(),
        new Description(Integer.toUnsignedLong(relation), numbers.of(relation, table)));
  }

  private synchronized void described(Schema envelope, Description description) {
    unannounced.put(envelope, description);
    hasNews = true;
  }

  @Override
  public Table tableFor(int relation) {
    return uncaptured.contains(relation) ? null : schema.tableFor(relation);
  }

  @Override
  public Table tableFor(TableId id) {
    return schema.tableFor(id);
  }

  /** The same records, with the headers where one is the first of a description. */
  List<SourceRecord> announced(List<SourceRecord> records) {
    if (hasNews && records != null) {
      announce(records);
    }
    return records;
  }

  private synchronized void announce(List<SourceRecord> records) {
    for (SourceRecord record : records) {
      Description known =
          record.valueSchema() == null ? null : unannounced.remove(record.valueSchema());
      if (known != null) {
        record.headers().addLong(HEADER, known.relation());
        record.headers().addString(COLUMNS_HEADER, known.columns());
      }
    }
    hasNews = !unannounced.isEmpty();
  }
}
