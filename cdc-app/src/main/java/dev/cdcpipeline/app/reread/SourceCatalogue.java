package dev.cdcpipeline.app.reread;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** What the source's catalogue says of a table that is to be read again. */
final class SourceCatalogue {

  private static final String OF_TABLE =
      " (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"
          + " n.nspname || '.' || c.relname = ?)";

  private final Connection source;

  SourceCatalogue(Connection source) {
    this.source = source;
  }

  /**
   * The table with its schema.
   *
   * @param named with or without its schema
   * @throws RereadException there is none, or several
   */
  String find(String named) throws SQLException {
    List<String> found =
        Query.of(
                "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid"
                    + " = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN"
                    + " ('pg_catalog', 'information_schema') AND ? IN (c.relname, n.nspname || '.'"
                    + " || c.relname) ORDER BY 1",
                named)
            .texts(source);
    if (found.size() == 1) {
      return found.get(0);
    }
    throw new RereadException(
        found.isEmpty()
            ? "the source has no table %s; published are %s".formatted(named, published())
            : "there are several tables %s: %s; name its schema".formatted(named, found));
  }

  /**
   * Makes sure that an incremental snapshot can read the table.
   *
   * @param table with its schema
   * @throws RereadException it can't; the message says why
   */
  void check(String table) throws SQLException {
    if (!published().contains(table)) {
      throw new RereadException(
          "%s is in no publication of the source, so that its changes are not captured; ALTER PUBLICATION … ADD TABLE %s"
              .formatted(table, table));
    }
    String key = "SELECT FROM pg_index i WHERE i.indisprimary AND i.indrelid =" + OF_TABLE;
    if (!Query.of(key, table).hasRow(source)) {
      throw new RereadException(
          "%s has no primary key: an incremental snapshot reads a table in the order of its key. Give it one, or start the sink over (docs/start-over.md)"
              .formatted(table));
    }
    List<String> generated =
        Query.of(
                "SELECT a.attname FROM pg_attribute a WHERE a.attgenerated <> '' AND NOT"
                    + " a.attisdropped AND a.attrelid ="
                    + OF_TABLE,
                table)
            .texts(source);
    if (!generated.isEmpty()) {
      throw new RereadException(
          "%s has generated columns %s: Debezium leaves an incremental snapshot of such a table out and says so only in its log. Start the sink over (docs/start-over.md) to read the table again"
              .formatted(table, generated));
    }
  }

  private List<String> published() throws SQLException {
    return Query.of(
            "SELECT DISTINCT schemaname || '.' || tablename FROM pg_publication_tables ORDER BY 1")
        .texts(source);
  }
}
