package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.ComparedMirror.Column;
import dev.cdcpipeline.app.reconcile.ComparedMirror.KeyColumn;
import dev.cdcpipeline.app.reconcile.SourceTables.SourceTable;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds every mirror of every sink in the target, in whatever schema it is, and the source table of
 * each.
 *
 * <p>A mirror is known by the column that says which change wrote a row. Its source table has its
 * name and is in the ledger of a sink, as the topic that the sink reads. So neither the connectors'
 * files nor Connect is needed.
 */
final class MirrorCatalog {

  private static final String POSITION_COLUMN = "_cdc_position";

  /** The key of a mirror whose source table has none. */
  private static final String ROW_IDENTITY = "_cdc_row";

  private static final String MIRRORS =
      "SELECT n.nspname, c.relname, format_type(p.atttypid, NULL) = 'pg_lsn', c.oid FROM pg_class c"
          + " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute p ON p.attrelid ="
          + " c.oid AND p.attname = '"
          + POSITION_COLUMN
          + "' AND NOT p.attisdropped WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND"
          + " n.nspname <> 'cdc' ORDER BY 1, 2";

  private static final String COLUMNS =
      "SELECT a.attname, format_type(a.atttypid, NULL), coalesce(array_position(i.indkey::int2[],"
          + " a.attnum), -1) FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid"
          + " AND i.indisprimary WHERE a.attrelid = ? AND a.attnum > 0 AND NOT"
          + " a.attisdropped ORDER BY a.attnum";

  private final Connection source;
  private final Connection target;
  private final SourceTables sourceTables;
  private final List<ComparedMirror> mirrors = new ArrayList<>();
  private final List<Verdict> impossible = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<TableName, TableName> sources = new HashMap<>();

  private MirrorCatalog(Connection source, Connection target) {
    this.source = source;
    this.target = target;
    this.sourceTables = new SourceTables(source);
  }

  /** A mirror as the target's catalogue has it. */
  private record Found(TableName table, boolean wholeTransactions, long oid) {}

  /**
   * Reads both catalogues.
   *
   * @throws SQLException a side is away, or its role may not read the catalogue
   */
  static MirrorCatalog read(Connection source, Connection target) throws SQLException {
    MirrorCatalog catalog = new MirrorCatalog(source, target);
    catalog.match();
    return catalog;
  }

  /** The mirrors that can be compared, by name. */
  List<ComparedMirror> mirrors() {
    return mirrors;
  }

  /** The mirrors that are missing or cannot be compared. */
  List<Verdict> impossible() {
    return impossible;
  }

  /** What a reader of the comparison should know: columns that are on one side only. */
  List<String> notes() {
    return notes;
  }

  private void match() throws SQLException {
    Map<String, Set<String>> topics = topicsBySink();
    List<SourceTable> tables = sourceTables.all();
    readSources();
    List<Found> found = found();
    for (Found mirror : found) {
      List<SourceTable> candidates = candidates(mirror.table(), tables, topics);
      if (candidates.size() == 1) {
        add(mirror, candidates.get(0), topics);
      } else {
        impossible.add(
            Verdict.failed(
                mirror.table().toString(),
                "nothing",
                candidates.isEmpty()
                    ? "no sink's ledger has a topic of a source table named "
                        + mirror.table().name()
                        + ": it was dropped or renamed at the source, or another source is mirrored"
                    : "it is the mirror of several source tables: "
                        + candidates.stream()
                            .map(table -> table.name().toString())
                            .collect(Collectors.joining(", "))
                        + "; give each sink a mirror.schema of its own"));
      }
    }
    addMissing(tables, found, topics);
  }

  /** The source tables of mirrors, as the sinks have recorded them. */
  private void readSources() throws SQLException {
    if (Query.isThere(target, "cdc.tables")) {
      Query.of(
              "SELECT target_schema, target_table, source_schema, source_table FROM cdc.tables"
                  + " WHERE kind = 'mirror'")
          .forEach(
              target,
              row ->
                  sources.put(
                      new TableName(row.getString(1), row.getString(2)),
                      new TableName(row.getString(3), row.getString(4))));
    }
  }

  private List<SourceTable> candidates(
      TableName mirror, List<SourceTable> tables, Map<String, Set<String>> topics) {
    TableName owned = sources.get(mirror);
    List<SourceTable> named =
        tables.stream()
            .filter(
                table ->
                    owned == null
                        ? table.name().name().equals(mirror.name())
                        : table.name().equals(owned))
            .toList();
    List<SourceTable> read =
        named.stream().filter(table -> !readers(table, topics).isEmpty()).toList();
    if (!read.isEmpty()) {
      return read;
    }
    return named.stream().filter(SourceTable::published).toList();
  }

  private void add(Found mirror, SourceTable table, Map<String, Set<String>> topics)
      throws SQLException {
    Map<String, String> wanted = sourceTables.columns(table.name());
    Map<String, String> there = new LinkedHashMap<>();
    Map<Integer, String> keyed = new TreeMap<>();
    Query.of(COLUMNS, mirror.oid())
        .forEach(
            target,
            row -> {
              there.put(row.getString(1), row.getString(2));
              if (row.getInt(3) >= 0) {
                keyed.put(row.getInt(3), row.getString(1));
              }
            });
    List<String> key = new ArrayList<>(keyed.values());
    if (key.equals(List.of(ROW_IDENTITY))) {
      key.clear();
    } else if (key.isEmpty() || !wanted.keySet().containsAll(key)) {
      impossible.add(
          Verdict.failed(
              mirror.table().toString(),
              table.name().toString(),
              key.isEmpty()
                  ? "the mirror has no primary key, so that its rows cannot be matched"
                  : "the mirror's key (%s) has columns that the source table does not have"
                      .formatted(String.join(", ", key))));
      return;
    }
    noteColumns(mirror.table(), table.name(), wanted, there, key);
    SourceShape shape = SourceShape.of(source, table.name());
    shape.problems().forEach(problem -> notes.add(mirror.table() + ": " + problem));
    List<Column> compared =
        wanted.entrySet().stream()
            .filter(column -> there.containsKey(column.getKey()))
            .map(column -> new Column(column.getKey(), column.getValue()))
            .toList();
    mirrors.add(
        new ComparedMirror(
            mirror.table(),
            table.name(),
            key.stream()
                .map(column -> new KeyColumn(column, wanted.get(column), there.get(column)))
                .toList(),
            compared,
            readers(table, topics),
            mirror.wholeTransactions(),
            shape));
  }

  private void noteColumns(
      TableName mirror,
      TableName table,
      Map<String, String> wanted,
      Map<String, String> there,
      List<String> key)
      throws SQLException {
    List<String> lacking =
        wanted.keySet().stream().filter(column -> !there.containsKey(column)).toList();
    if (!lacking.isEmpty()) {
      notes.add(
          mirror
              + " lacks "
              + lacking
              + " of "
              + table
              + ": a new column comes with the table's next change; others are excluded at the"
              + " connector");
    }
    List<String> keyNow = sourceTables.primaryKey(table);
    if (!keyNow.isEmpty() && !Set.copyOf(keyNow).equals(Set.copyOf(key))) {
      notes.add(
          "the key of %s is %s at the source, but %s in %s".formatted(table, keyNow, key, mirror));
    }
  }

  private void addMissing(
      List<SourceTable> tables, List<Found> found, Map<String, Set<String>> topics)
      throws SQLException {
    Set<String> mirrored =
        found.stream().map(mirror -> mirror.table().name()).collect(Collectors.toSet());
    Set<String> writers = writersOfWholeTransactions();
    for (SourceTable table : tables) {
      Set<String> readers = new TreeSet<>(readers(table, topics));
      readers.retainAll(writers);
      if (!readers.isEmpty()
          && !mirrored.contains(table.name().name())
          && sourceTables.hasRows(table.name())) {
        impossible.add(
            Verdict.failed(
                table.name().toString(),
                table.name().toString(),
                "sink " + String.join(", ", readers) + " reads it, but its mirror does not exist"));
      }
    }
  }

  private static Set<String> readers(SourceTable table, Map<String, Set<String>> topics) {
    return topics.entrySet().stream()
        .filter(sink -> sink.getValue().stream().anyMatch(table::isWrittenTo))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private List<Found> found() throws SQLException {
    return Query.of(MIRRORS)
        .list(
            target,
            row ->
                new Found(
                    new TableName(row.getString(1), row.getString(2)),
                    row.getBoolean(3),
                    row.getLong(4)));
  }

  private Map<String, Set<String>> topicsBySink() throws SQLException {
    Map<String, Set<String>> topics = new TreeMap<>();
    if (Query.isThere(target, "cdc.offsets")) {
      Query.of("SELECT DISTINCT sink, topic FROM cdc.offsets")
          .forEach(
              target,
              row ->
                  topics
                      .computeIfAbsent(row.getString(1), sink -> new TreeSet<>())
                      .add(row.getString(2)));
    }
    return topics;
  }

  private Set<String> writersOfWholeTransactions() throws SQLException {
    return Query.isThere(target, "cdc.position")
        ? Set.copyOf(
            Query.of("SELECT sink FROM cdc.position WHERE commit_lsn IS NOT NULL").texts(target))
        : Set.of();
  }
}
