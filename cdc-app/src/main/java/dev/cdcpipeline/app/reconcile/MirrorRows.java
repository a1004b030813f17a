package dev.cdcpipeline.app.reconcile;

import static java.util.stream.Collectors.joining;

import dev.cdcpipeline.app.reconcile.ComparedMirror.KeyColumn;
import dev.cdcpipeline.app.sql.Query;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The rows of a table with a key, as one side of a comparison reads them. A row travels as a digest
 * of its text, so that memory and network do not depend on how large rows are.
 */
final class MirrorRows {

  /** Longer values are shown by their beginning and their digest. */
  private static final int SHOWN_CHARACTERS = 200;

  private final String table;
  private final List<String> keys;
  private final List<String> keyTypes;
  private final ComparedMirror mirror;

  private MirrorRows(ComparedMirror mirror, TableName table, List<String> keyTypes) {
    this.mirror = mirror;
    this.table = table.sql();
    this.keys = mirror.key().stream().map(key -> "t." + RowLayout.quoted(key.name())).toList();
    this.keyTypes = keyTypes;
  }

  static MirrorRows atSource(ComparedMirror mirror) {
    return new MirrorRows(
        mirror, mirror.source(), mirror.key().stream().map(KeyColumn::sourceType).toList());
  }

  static MirrorRows atTarget(ComparedMirror mirror) {
    return new MirrorRows(
        mirror, mirror.target(), mirror.key().stream().map(KeyColumn::targetType).toList());
  }

  /**
   * What a snapshot holds under a key.
   *
   * @param digest stands for the row's values; empty if there is no row
   * @param version changes with each write of the row, also with one that leaves its values
   */
  record Seen(String digest, String version) {
    static final Seen NOTHING = new Seen("", "");

    boolean isNothing() {
      return digest.isEmpty();
    }
  }

  /** A key with what is under it. */
  record Keyed(List<String> key, Seen seen) {}

  /**
   * Some rows in the order of their keys.
   *
   * @param after the key before the first row, or null for the beginning
   * @param upTo the last key that is wanted
   */
  List<Keyed> page(Connection snapshot, List<String> after, List<String> upTo, int rows)
      throws SQLException {
    return page(snapshot, after, upTo, rows, digest());
  }

  /** As {@link #page}, without looking at the values. */
  List<Keyed> keys(Connection snapshot, List<String> after, List<String> upTo, int rows)
      throws SQLException {
    return page(snapshot, after, upTo, rows, "'unread'");
  }

  /** The last key of all; empty if there is no row. */
  Optional<List<String>> lastKey(Connection snapshot) throws SQLException {
    String sql =
        "SELECT "
            + keys.stream().map(key -> key + "::text").collect(joining(", "))
            + " FROM "
            + table
            + " t ORDER BY "
            + keys.stream().map(key -> key + " DESC").collect(joining(", "))
            + " LIMIT 1";
    return Query.of(sql).first(snapshot, this::key);
  }

  private List<String> key(ResultSet row) throws SQLException {
    List<String> key = new ArrayList<>(keys.size());
    for (int i = 1; i <= keys.size(); i++) {
      key.add(row.getString(i));
    }
    return key;
  }

  private List<Keyed> page(
      Connection snapshot, List<String> after, List<String> upTo, int rows, String digest)
      throws SQLException {
    String list = String.join(", ", keys);
    String bound =
        keyTypes.stream().map(type -> "CAST(? AS " + type + ")").collect(joining(", ", "(", ")"));
    String from =
        " WHERE ("
            + list
            + ") <= "
            + bound
            + (after == null ? "" : " AND (" + list + ") > " + bound);
    String sql =
        "SELECT "
            + keys.stream().map(key -> key + "::text, ").collect(joining())
            + digest
            + ", t.xmin::text FROM "
            + table
            + " t"
            + from
            + " ORDER BY "
            + list
            + " LIMIT ?";
    List<Object> parameters = new ArrayList<>(upTo);
    parameters.addAll(after == null ? List.of() : after);
    parameters.add(rows);
    return new Query(sql, parameters)
        .list(
            snapshot,
            row ->
                new Keyed(
                    key(row),
                    new Seen(row.getString(keys.size() + 1), row.getString(keys.size() + 2))));
  }

  /** What is under each of some keys, in their order. */
  List<Seen> lookUp(Connection snapshot, List<List<String>> wanted) throws SQLException {
    Seen[] seen = new Seen[wanted.size()];
    Arrays.fill(seen, Seen.NOTHING);
    preferIndexes(snapshot);
    new Query("SELECT k.n, " + digest() + ", t.xmin::text" + fromKeys(), arrays(snapshot, wanted))
        .forEach(
            snapshot,
            row -> {
              int at = row.getInt(1) - 1;
              Seen found = new Seen(row.getString(2), row.getString(3));
              // two rows under one key are no row that the other side could have
              seen[at] =
                  seen[at].isNothing()
                      ? found
                      : new Seen(
                          seen[at].digest() + "+" + found.digest(),
                          seen[at].version() + "+" + found.version());
            });
    return List.of(seen);
  }

  /**
   * Deletes rows, each if nobody has written it since it was looked at.
   *
   * @return how many were
   */
  int delete(Connection connection, List<Suspects.Different> rows) throws SQLException {
    String sql =
        "DELETE FROM "
            + table
            + " t USING unnest("
            + keyTypes.stream().map(type -> "CAST(? AS " + type + "[]), ").collect(joining())
            + "CAST(? AS text[])) AS k("
            + keyNames()
            + "version) WHERE t.xmin::text = k.version AND "
            + keysMatch();
    List<Object> parameters =
        arrays(connection, rows.stream().map(Suspects.Different::key).toList());
    parameters.add(array(connection, rows, Suspects.Different::version));
    return new Query(sql, parameters).run(connection);
  }

  /** The values under some keys, by the keys' places; long ones shortened. */
  Map<Integer, List<String>> values(Connection snapshot, List<List<String>> wanted)
      throws SQLException {
    Map<Integer, List<String>> values = new TreeMap<>();
    String columns =
        mirror.columns().stream()
            .map(column -> ", " + shown(column.sql("t") + "::text"))
            .collect(joining());
    preferIndexes(snapshot);
    new Query("SELECT k.n" + columns + fromKeys(), arrays(snapshot, wanted))
        .forEach(
            snapshot,
            row -> {
              List<String> cells = new ArrayList<>();
              for (int i = 0; i < mirror.columns().size(); i++) {
                cells.add(row.getString(i + 2));
              }
              values.put(row.getInt(1) - 1, cells);
            });
    return values;
  }

  static String shown(String text) {
    return "CASE WHEN length(%1$s) > %2$d THEN left(%1$s, %2$d) || '… (' || length(%1$s) || ' characters, sha256 ' || left(encode(sha256(convert_to(%1$s, 'UTF8')), 'hex'), 16) || ')' ELSE %1$s END"
        .formatted("(" + text + ")", SHOWN_CHARACTERS);
  }

  private String digest() {
    return digest(mirror, "t");
  }

  /** A digest of a row's text. */
  static String digest(ComparedMirror mirror, String alias) {
    return mirror.columns().stream()
        .map(column -> column.sql(alias))
        .collect(joining(", ", "encode(sha256(convert_to(ROW(", ")::text, 'UTF8')), 'base64')"));
  }

  private String fromKeys() {
    return IntStream.range(0, keys.size())
            .mapToObj(i -> "CAST(? AS " + keyTypes.get(i) + "[])")
            .collect(joining(", ", " FROM unnest(", ") WITH ORDINALITY AS k("))
        + keyNames()
        + "n) JOIN "
        + table
        + " t ON "
        + keysMatch();
  }

  /** Names of the columns that wanted keys are in, each with a comma behind it. */
  private String keyNames() {
    return IntStream.range(0, keys.size()).mapToObj(i -> "c" + i + ", ").collect(joining());
  }

  private String keysMatch() {
    return IntStream.range(0, keys.size())
        .mapToObj(i -> keys.get(i) + " = k.c" + i)
        .collect(joining(" AND "));
  }

  /** The wanted keys, an array for each of their columns. */
  private List<Object> arrays(Connection snapshot, List<List<String>> wanted) throws SQLException {
    List<Object> arrays = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      int column = i;
      arrays.add(array(snapshot, wanted, key -> key.get(column)));
    }
    return arrays;
  }

  private static <T> Array array(Connection snapshot, List<T> rows, Function<T, String> value)
      throws SQLException {
    return snapshot.createArrayOf("text", rows.stream().map(value).toArray());
  }

  /** Some thousand keys of a large table: by the key's index, never by reading the table. */
  private static void preferIndexes(Connection snapshot) throws SQLException {
    for (String setting : List.of("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit")) {
      Query.of("SET LOCAL " + setting + " = off").run(snapshot);
    }
  }
}
