package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The source's tables, as far as a comparison needs to know them. */
final class SourceTables {

  private static final String TABLES =
      "SELECT n.nspname, c.relname, EXISTS (SELECT FROM pg_publication_tables p WHERE p.schemaname"
          + " = n.nspname AND p.tablename = c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid"
          + " = c.relnamespace WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND"
          + " n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2";

  // the columns of a publication's list are known from PostgreSQL 15 on
  private static final String COLUMNS =
      "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a WHERE a.attrelid ="
          + " (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"
          + " n.nspname = ? AND c.relname = ?) AND a.attnum > 0 AND NOT a.attisdropped AND"
          + " a.attgenerated = '' AND NOT EXISTS (SELECT FROM pg_publication_tables p WHERE"
          + " p.schemaname = ? AND p.tablename = ? AND NOT coalesce(to_jsonb(p)->'attnames' ?"
          + "? a.attname::text, true)) ORDER BY a.attnum";

  private static final String KEY =
      "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum"
          + " = ANY (i.indkey) WHERE i.indisprimary AND i.indrelid = (SELECT c.oid FROM pg_class c"
          + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relname = ?)"
          + " ORDER BY array_position(i.indkey::int2[], a.attnum)";

  private final Connection source;

  SourceTables(Connection source) {
    this.source = source;
  }

  /**
   * A table.
   *
   * @param published whether some publication has it
   */
  record SourceTable(TableName name, boolean published) {

    /** Whether Debezium writes the table's changes to this topic, whatever its prefix. */
    boolean isWrittenTo(String topic) {
      return topic.endsWith("." + topicName(name.schema()) + "." + topicName(name.name()));
    }

    /** Characters that a topic cannot have in its name are underscores there. */
    private static String topicName(String name) {
      return name.replaceAll("[^A-Za-z0-9._-]", "_");
    }
  }

  /** All tables that are not the server's own. */
  List<SourceTable> all() throws SQLException {
    return Query.of(TABLES)
        .list(
            source,
            row ->
                new SourceTable(
                    new TableName(row.getString(1), row.getString(2)), row.getBoolean(3)));
  }

  /**
   * The columns of a table that are published, by name with their types, in their order. Generated
   * columns are not: Debezium does not carry them.
   */
  Map<String, String> columns(TableName table) throws SQLException {
    Map<String, String> columns = new LinkedHashMap<>();
    Query.of(COLUMNS, table.schema(), table.name(), table.schema(), table.name())
        .forEach(source, row -> columns.put(row.getString(1), row.getString(2)));
    return columns;
  }

  /** The columns of the primary key, in its order; empty if there is none. */
  List<String> primaryKey(TableName table) throws SQLException {
    return Query.of(KEY, table.schema(), table.name()).texts(source);
  }

  /** Whether the table has a row. */
  boolean hasRows(TableName table) throws SQLException {
    return Query.of("SELECT FROM " + table.sql() + " LIMIT 1").hasRow(source);
  }
}
