package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a table at the source is made of. Partitions that come and go, and children that inherit,
 * take rows with them without any change that a publication would carry.
 *
 * @param partitions the leaves below a partitioned table, with their schemas, by name
 * @param problems why the table's mirror cannot follow it, and what to do
 */
record SourceShape(List<String> partitions, List<String> problems) {

  private static final String LEAVES =
      "SELECT l.relid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid ="
          + " c.relnamespace, LATERAL pg_partition_tree(c.oid) l WHERE c.relkind = 'p' AND l.isleaf"
          + " AND l.relid <> c.oid AND n.nspname = ? AND c.relname = ? ORDER BY 1";

  private static final String CHILDREN =
      "SELECT i.inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent"
          + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = ?"
          + " AND c.relname = ? ORDER BY 1";

  private static final String BY_LEAVES =
      "SELECT DISTINCT p.pubname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,"
          + " LATERAL pg_partition_tree(c.oid) l JOIN pg_class leaf ON leaf.oid = l.relid JOIN"
          + " pg_namespace s ON s.oid = leaf.relnamespace JOIN pg_publication_tables t ON"
          + " t.schemaname = s.nspname AND t.tablename = leaf.relname JOIN pg_publication p ON"
          + " p.pubname = t.pubname WHERE c.relkind = 'p' AND n.nspname = ? AND c.relname = ? AND"
          + " NOT p.pubviaroot ORDER BY 1";

  SourceShape {
    partitions = List.copyOf(partitions);
    problems = List.copyOf(problems);
  }

  /** Reads the shape of a table. */
  static SourceShape of(Connection source, TableName table) throws SQLException {
    List<String> problems = new ArrayList<>();
    for (String publication : Query.of(BY_LEAVES, table.schema(), table.name()).texts(source)) {
      problems.add(
          "publication %1$s publishes the partitions of %2$s by themselves, so that its mirror gets no change: ALTER PUBLICATION %1$s SET (publish_via_partition_root = true), then cdc table reread %2$s"
              .formatted(publication, table));
    }
    List<String> children = Query.of(CHILDREN, table.schema(), table.name()).texts(source);
    if (!children.isEmpty()) {
      problems.add(
          "%s has children that inherit from it (%s): a snapshot reads their rows, but their changes are not changes of %s"
              .formatted(table, String.join(", ", children), table));
    }
    return new SourceShape(Query.of(LEAVES, table.schema(), table.name()).texts(source), problems);
  }

  /**
   * Which partitions came and went, in words.
   *
   * @param before the partitions when the table was equal last; empty if that is not known
   */
  List<String> since(Optional<List<String>> before) {
    List<String> come = new ArrayList<>(partitions);
    List<String> gone = new ArrayList<>();
    if (before.isPresent()) {
      come.removeAll(before.get());
      gone.addAll(before.get());
      gone.removeAll(partitions);
    }
    List<String> said = new ArrayList<>();
    if (before.isPresent() && !come.isEmpty()) {
      said.add("attached since it was equal: " + String.join(", ", come));
    }
    if (!gone.isEmpty()) {
      said.add(
          "detached or dropped since it was equal: "
              + String.join(", ", gone)
              + ", whose rows stay in the mirror");
    }
    if (!partitions.isEmpty() && said.isEmpty()) {
      said.add("truncating a partition takes its rows without a change");
    }
    return said;
  }
}
