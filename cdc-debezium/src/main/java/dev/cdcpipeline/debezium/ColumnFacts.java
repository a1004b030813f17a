package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.relational.TableId;
import io.debezium.relational.TableSchema;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Describes the columns of change events as the source's catalogue has them.
 *
 * <ul>
 *   <li>Outside the key every column is optional, so that a registry takes the schema of a table
 *       that got a column, lost one, or made one NOT NULL; {@link #NOT_NULL} says what it is.
 *   <li>A column that was added with a constant default has, in the rows that were there, the value
 *       that PostgreSQL keeps for them: {@link #MISSING_VALUE}. No event says it otherwise, and the
 *       column's default may be another by now.
 * </ul>
 *
 * <p>Not thread-safe.
 */
final class ColumnFacts {
  /** Parameter of a column that is NOT NULL at the source: {@code true}. */
  static final String NOT_NULL = "cdc.column.not.null";

  /** Parameter of an added column: its value in the rows that existed, as PostgreSQL's text. */
  static final String MISSING_VALUE = "cdc.column.missing.value";

  /**
   * Parameter of a row: what stands for a value that an update has not sent, where it is not
   * Debezium's default.
   */
  static final String UNAVAILABLE_VALUE = "cdc.unavailable.value";

  private static final String SOURCE_NAME = "__debezium.source.column.name";

  // a partitioned table has no rows, so it keeps no value; its leaves do
  private static final String MISSING_VALUES =
      """
      WITH named AS (
        SELECT c.oid FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ? AND c.relname = ?),
      stored AS (
        SELECT oid FROM named
        UNION
        SELECT p.relid FROM named, pg_catalog.pg_partition_tree(named.oid) p WHERE p.isleaf),
      kept AS (
        SELECT a.attname AS name,
               CASE t.typdelim
                 WHEN ',' THEN (a.attmissingval::text::text[])[1]
                 ELSE btrim(a.attmissingval::text, '{}') END AS value
        FROM pg_catalog.pg_attribute a
        JOIN stored s ON s.oid = a.attrelid
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        WHERE a.attnum > 0 AND NOT a.attisdropped AND a.atthasmissing)
      SELECT name, min(value) FROM kept GROUP BY name HAVING count(DISTINCT value) = 1
      """;

  private final Catalogue catalogue;
  private final Map<String, String> ofEveryRow;
  private final Map<String, Described> byTopic = new HashMap<>();

  /** What is known of tables. */
  interface Catalogue {
    /** The schema of the table's keys, null if it has none. */
    Schema key(String schema, String table);

    /** Values of columns in rows that are older than the column, by the column's name. */
    Map<String, String> missingValues(String schema, String table);
  }

  private record Described(Schema original, Schema envelope) {}

  /**
   * @param placeholder {@code unavailable.value.placeholder}
   */
  ColumnFacts(Catalogue catalogue, String placeholder) {
    this.catalogue = catalogue;
    this.ofEveryRow =
        placeholder.equals(ExactValues.DEFAULT_PLACEHOLDER)
            ? Map.of()
            : Map.of(UNAVAILABLE_VALUE, placeholder);
  }

  /**
   * Looks at the source's catalogue once for each version of a table's schema.
   *
   * @param tables Debezium's, once it knows them
   */
  static ColumnFacts of(PostgresConnectorConfig config, Supplier<PostgresSchema> tables) {
    return new ColumnFacts(
        new Catalogue() {
          @Override
          public Schema key(String schema, String table) {
            TableSchema known = tables.get().schemaFor(new TableId(null, schema, table));
            if (known == null) {
              throw new RetriableException(
                  "source connector: the key of %s.%s is not known yet; it is tried again"
                      .formatted(schema, table));
            }
            return known.keySchema();
          }

          @Override
          public Map<String, String> missingValues(String schema, String table) {
            return ColumnFacts.missingValues(config, schema, table);
          }
        },
        new String(config.getUnavailableValuePlaceholder(), StandardCharsets.UTF_8));
  }

  /**
   * The same records, with their columns described.
   *
   * @throws RetriableException if the source does not answer; the task starts again, with the same
   *     records
   */
  List<SourceRecord> of(List<SourceRecord> records) {
    List<SourceRecord> described = new ArrayList<>(records.size());
    records.forEach(record -> described.add(described(record)));
    return described;
  }

  /** The same record, with its columns described. */
  SourceRecord described(SourceRecord record) {
    if (!(record.value() instanceof Struct change)
        || change.schema().field("after") == null
        || change.schema().field("source") == null) {
      return record;
    }
    Described known = byTopic.get(record.topic());
    if (known == null || known.original() != change.schema()) {
      known = new Described(change.schema(), envelope(record, change));
      byTopic.put(record.topic(), known);
    }
    Struct envelope = new Struct(known.envelope());
    for (Field field : known.envelope().fields()) {
      Object value = change.getWithoutDefault(field.name());
      envelope.put(
          field, isRow(field) && value != null ? row(field.schema(), (Struct) value) : value);
    }
    return record.newRecord(
        record.topic(),
        record.kafkaPartition(),
        record.keySchema(),
        record.key(),
        known.envelope(),
        envelope,
        record.timestamp(),
        record.headers());
  }

  private static boolean isRow(Field field) {
    return field.name().equals("before") || field.name().equals("after");
  }

  private static Struct row(Schema schema, Struct original) {
    Struct row = new Struct(schema);
    for (Field field : schema.fields()) {
      Object value = original.getWithoutDefault(field.name());
      // a point or a number of any scale is described anew as a whole, its fields are not
      row.put(field, value instanceof Struct composed ? copied(field.schema(), composed) : value);
    }
    return row;
  }

  private static Struct copied(Schema schema, Struct original) {
    Struct copy = new Struct(schema);
    for (Field field : schema.fields()) {
      copy.put(field, original.getWithoutDefault(field.name()));
    }
    return copy;
  }

  private Schema envelope(SourceRecord record, Struct change) {
    Struct source = change.getStruct("source");
    Map<String, String> missing =
        catalogue.missingValues(source.getString("schema"), source.getString("table"));
    // a TRUNCATE has no key, and its table's columns are what they are nevertheless
    Schema keySchema =
        record.keySchema() == null
            ? catalogue.key(source.getString("schema"), source.getString("table"))
            : record.keySchema();
    Set<String> key =
        keySchema == null
            ? Set.of()
            : keySchema.fields().stream().map(Field::name).collect(Collectors.toSet());
    Schema row = row(change.schema().field("after").schema(), key, missing);
    List<Field> fields = new ArrayList<>();
    for (Field field : change.schema().fields()) {
      fields.add(isRow(field) ? new Field(field.name(), field.index(), row) : field);
    }
    return withFields(change.schema(), fields, Map.of());
  }

  private Schema row(Schema original, Set<String> key, Map<String, String> missing) {
    List<Field> fields = new ArrayList<>();
    for (Field field : original.fields()) {
      fields.add(
          new Field(
              field.name(), field.index(), column(field, key.contains(field.name()), missing)));
    }
    return withFields(original, fields, ofEveryRow);
  }

  private static Schema column(Field field, boolean isKey, Map<String, String> missing) {
    Schema schema = field.schema();
    Map<String, String> parameters = new HashMap<>();
    if (schema.parameters() != null) {
      parameters.putAll(schema.parameters());
    }
    if (!schema.isOptional()) {
      parameters.put(NOT_NULL, "true");
    }
    String value = missing.get(parameters.getOrDefault(SOURCE_NAME, field.name()));
    if (value != null) {
      parameters.put(MISSING_VALUE, value);
    }
    boolean composed = schema.type() == Schema.Type.STRUCT;
    boolean map = schema.type() == Schema.Type.MAP;
    return new ConnectSchema(
        schema.type(),
        schema.isOptional() || !isKey,
        null,
        schema.name(),
        schema.version(),
        schema.doc(),
        parameters.isEmpty() ? null : parameters,
        composed ? schema.fields() : null,
        map ? schema.keySchema() : null,
        map || schema.type() == Schema.Type.ARRAY ? schema.valueSchema() : null);
  }

  private static Schema withFields(
      Schema struct, List<Field> fields, Map<String, String> parameters) {
    return new ConnectSchema(
        Schema.Type.STRUCT,
        struct.isOptional(),
        null,
        struct.name(),
        struct.version(),
        struct.doc(),
        parameters.isEmpty() ? struct.parameters() : parameters,
        fields,
        null,
        null);
  }

  static Map<String, String> missingValues(
      PostgresConnectorConfig config, String schema, String table) {
    try (PostgresConnection connection =
            new PostgresConnection(config.getJdbcConfig(), PostgresConnection.CONNECTION_GENERAL);
        PreparedStatement query = connection.connection().prepareStatement(MISSING_VALUES)) {
      query.setString(1, schema);
      query.setString(2, table);
      Map<String, String> values = new HashMap<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          values.put(row.getString(1), row.getString(2));
        }
      }
      return values;
    } catch (SQLException e) {
      throw new RetriableException(
          "source connector: cannot look at the columns of %s.%s in the catalogue; it is tried again: %s"
              .formatted(schema, table, e.getMessage()),
          e);
    }
  }
}
