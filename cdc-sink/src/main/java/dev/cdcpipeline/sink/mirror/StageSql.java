package dev.cdcpipeline.sink.mirror;

import static java.util.stream.Collectors.joining;

import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.postgres.ColumnDefault;
import dev.cdcpipeline.sink.postgres.MirrorColumns;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.TargetTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The SQL of one table's part of a flush.
 *
 * <p>The temporary relations, all in {@code pg_temp}: <i>staged</i> has the new rows with {@code
 * _cdc_} columns of its own, <i>new</i> is a view of it with the source's columns only, <i>old</i>
 * the rows before the flush, <i>gone</i> the deleted keys (large flushes only), <i>changes</i> one
 * row per change, <i>next</i> the rows of a further chunk before they are merged.
 */
final class StageSql {
  static final String ORDINAL = "_cdc_ordinal";
  static final String LSN = "_cdc_lsn";
  static final String COMMIT_TIME = "_cdc_commit_time";
  private static final String STAGED_EXTRA = ORDINAL + ", " + LSN + ", " + COMMIT_TIME;
  private static final String CHANGES_EXTRA =
      "_cdc_ordinal, _cdc_segment, _cdc_op, _cdc_commit_seq, _cdc_lsn, _cdc_source_order,"
          + " _cdc_commit_time";
  private static final String CHANGES_EXTRA_TYPED =
      "NULL::bigint AS _cdc_ordinal, NULL::bigint AS _cdc_segment, NULL::text AS _cdc_op,"
          + " NULL::bigint AS _cdc_commit_seq, NULL::pg_lsn AS _cdc_lsn,"
          + " NULL::bigint AS _cdc_source_order, NULL::timestamp AS _cdc_commit_time";
  private static final List<String> CHANGES_CASTS =
      List.of("bigint", "bigint", "text", "bigint", "pg_lsn", "bigint", "timestamp");

  final String mirror;
  final String staged;
  final String newRows;
  final String oldRows;
  final String gone;
  final String changes;
  final String next;
  private final String stagedIndex;
  private final String goneIndex;
  private final List<TargetColumn> columns;
  private final List<TargetColumn> keys;
  private final List<String> columnNames;
  private final List<String> keyNames;
  private final boolean hasAppliedAt;
  private final boolean hasPosition;

  StageSql(TargetTable table, List<TargetColumn> columns, List<TargetColumn> keys, int number) {
    this.mirror = table.sql();
    this.columns = columns;
    this.keys = keys;
    this.columnNames = columns.stream().map(TargetColumn::name).toList();
    this.keyNames = keys.stream().map(TargetColumn::name).toList();
    this.hasAppliedAt = table.indexOf(MirrorColumns.APPLIED_AT) >= 0;
    this.hasPosition = table.indexOf(MirrorColumns.POSITION) >= 0;
    this.staged = "pg_temp.cdc_staged_" + number;
    this.newRows = "pg_temp.cdc_new_" + number;
    this.oldRows = "pg_temp.cdc_old_" + number;
    this.gone = "pg_temp.cdc_gone_" + number;
    this.changes = "pg_temp.cdc_changes_" + number;
    this.next = "pg_temp.cdc_next_" + number;
    this.stagedIndex = "cdc_staged_key_" + number;
    this.goneIndex = "cdc_gone_key_" + number;
  }

  /** Drops and creates all temporary relations; no index, no ON COMMIT: both cost every commit. */
  List<String> createRelations() {
    String source = SqlIdentifiers.list(columnNames);
    String extra =
        ", NULL::bigint AS _cdc_ordinal, NULL::pg_lsn AS _cdc_lsn,"
            + " NULL::timestamp AS _cdc_commit_time";
    String from = " FROM " + mirror + " WITH NO DATA";
    return List.of(
        "DROP TABLE IF EXISTS %s, %s, %s, %s, %s CASCADE"
            .formatted(staged, oldRows, gone, changes, next),
        "CREATE TEMP TABLE " + local(staged) + " AS SELECT " + source + extra + from,
        "CREATE TEMP TABLE " + local(next) + " AS SELECT " + source + extra + from,
        createView(),
        "CREATE TEMP TABLE " + local(oldRows) + " AS SELECT " + source + from,
        "CREATE TEMP TABLE " + local(gone) + " AS SELECT " + SqlIdentifiers.list(keyNames) + from,
        "CREATE TEMP TABLE "
            + local(changes)
            + " AS SELECT "
            + source
            + ", "
            + CHANGES_EXTRA_TYPED
            + from);
  }

  /**
   * Makes the temporary relations of the same mirror before it was altered fit, rows and all.
   *
   * @param type the rows' new type, whose columns may have defaults for the rows of before
   */
  List<String> alterRelations(List<TargetColumn> former, RowType type) {
    List<String> statements = new ArrayList<>();
    statements.add("DROP VIEW " + newRows);
    for (String relation : List.of(staged, next, oldRows, changes)) {
      for (TargetColumn column : columns) {
        alter(relation, column, former, type).ifPresent(statements::add);
      }
    }
    for (TargetColumn column : keys) {
      alter(gone, column, former, type).ifPresent(statements::add);
    }
    statements.add(createView());
    return statements;
  }

  private static Optional<String> alter(
      String relation, TargetColumn column, List<TargetColumn> former, RowType type) {
    String name = SqlIdentifiers.quote(column.name());
    for (TargetColumn before : former) {
      if (before.name().equals(column.name())) {
        return before.type().equals(column.type())
            ? Optional.empty()
            : Optional.of(
                "ALTER TABLE " + relation + " ALTER COLUMN " + name + " TYPE " + column.type());
      }
    }
    int place = type.indexOf(column.name());
    String preset = place < 0 ? "" : ColumnDefault.clause(type.columns().get(place), column.type());
    return Optional.of(
        "ALTER TABLE " + relation + " ADD COLUMN " + name + " " + column.type() + preset);
  }

  private String createView() {
    return "CREATE TEMP VIEW %s AS SELECT %s FROM %s"
        .formatted(local(newRows), SqlIdentifiers.list(columnNames), staged);
  }

  private static String local(String name) {
    return name.substring("pg_temp.".length());
  }

  // ---- small flushes: arrays, one composite statement per table

  String clear(boolean withChanges) {
    String sql = "DELETE FROM " + staged + "; DELETE FROM " + oldRows;
    return withChanges ? sql + "; DELETE FROM " + changes : sql;
  }

  String insertStaged() {
    List<String> casts = new ArrayList<>(List.of("bigint", "pg_lsn", "timestamp"));
    return insertFromArrays(staged, columns, STAGED_EXTRA, casts);
  }

  String insertChanges() {
    return insertFromArrays(changes, columns, CHANGES_EXTRA, CHANGES_CASTS);
  }

  String insertGone() {
    return insertFromArrays(gone, keys, "", List.of());
  }

  private static String insertFromArrays(
      String target, List<TargetColumn> into, String extra, List<String> extraCasts) {
    List<String> casts = new ArrayList<>();
    into.forEach(c -> casts.add(c.castType()));
    casts.addAll(extraCasts);
    List<String> names = new ArrayList<>();
    into.forEach(c -> names.add(SqlIdentifiers.quote(c.name())));
    if (!extra.isEmpty()) {
      names.add(extra);
    }
    List<String> values = new ArrayList<>();
    for (int i = 0; i < casts.size(); i++) {
      values.add("v" + i + "::" + casts.get(i));
    }
    return "INSERT INTO %s (%s) SELECT %s FROM %s"
        .formatted(
            target, String.join(", ", names), String.join(", ", values), arrays(casts.size(), "v"));
  }

  private static String arrays(int count, String prefix) {
    List<String> parameters = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parameters.add("?::text[]");
      names.add(prefix + i);
    }
    return "unnest(%s) AS a(%s)".formatted(String.join(", ", parameters), String.join(", ", names));
  }

  // OFFSET 0 keeps the lookup a lookup: a plan made while the mirror was small would otherwise scan
  // it for as long as the plan lives
  String insertOldByArrays() {
    return "INSERT INTO %s (%s) SELECT o.* FROM %s CROSS JOIN LATERAL (SELECT %s FROM %s m WHERE %s OFFSET 0) o"
        .formatted(
            oldRows,
            SqlIdentifiers.list(columnNames),
            arrays(keys.size(), "k"),
            SqlIdentifiers.list("m", columnNames),
            mirror,
            keyEqualsArrays("m"));
  }

  String deleteByArrays() {
    return "DELETE FROM %s m USING %s WHERE %s"
        .formatted(mirror, arrays(keys.size(), "k"), keyEqualsArrays("m"));
  }

  private String keyEqualsArrays(String alias) {
    List<String> terms = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      terms.add(
          "%s.%s = a.k%d::%s"
              .formatted(alias, SqlIdentifiers.quote(keyNames.get(i)), i, keys.get(i).castType()));
    }
    return String.join(" AND ", terms);
  }

  // ---- both

  /** Takes rows that were read, and were as read before, out of the changes. */
  String forgetUnchangedReads() {
    String names = SqlIdentifiers.list(columnNames);
    return """
    DELETE FROM %1$s c USING (
      SELECT _cdc_ordinal, _cdc_op, lag(_cdc_op) OVER w AS former_op,
             row *= lag(row) OVER w AS same
      FROM (SELECT %3$s, _cdc_ordinal, _cdc_op, ROW(%2$s)::record AS row FROM %1$s
            UNION ALL SELECT %3$s, 0, 'u', ROW(%2$s)::record FROM %4$s) x
      WINDOW w AS (PARTITION BY %3$s ORDER BY _cdc_ordinal)) r
    WHERE r._cdc_ordinal = c._cdc_ordinal AND r._cdc_op = 'r' AND r.former_op <> 'd' AND r.same
    """
        .formatted(changes, names, SqlIdentifiers.list(keyNames), oldRows);
  }

  String upsert() {
    List<String> into = new ArrayList<>(columnNames.stream().map(SqlIdentifiers::quote).toList());
    List<String> values = new ArrayList<>(into);
    List<String> sets = new ArrayList<>();
    Collection<String> others = columnNames.stream().filter(c -> !keyNames.contains(c)).toList();
    for (String column : others) {
      sets.add(SqlIdentifiers.quote(column) + " = excluded." + SqlIdentifiers.quote(column));
    }
    if (hasAppliedAt) {
      into.add(MirrorColumns.APPLIED_AT);
      values.add("now()");
      sets.add("_cdc_applied_at = excluded._cdc_applied_at");
    }
    if (hasPosition) {
      into.add(MirrorColumns.POSITION);
      values.add(LSN);
      sets.add("_cdc_position = excluded._cdc_position");
    }
    String conflict =
        others.isEmpty()
            ? "DO NOTHING"
            : "DO UPDATE SET %s WHERE ROW(%s)::record *<> ROW(%s)::record"
                .formatted(
                    String.join(", ", sets),
                    SqlIdentifiers.list("m", others),
                    SqlIdentifiers.list("excluded", others));
    return "INSERT INTO %s AS m (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s ON CONFLICT (%s) %s"
        .formatted(
            mirror,
            String.join(", ", into),
            String.join(", ", values),
            staged,
            SqlIdentifiers.list(keyNames),
            conflict);
  }

  /**
   * Fills columns of rows in {@code target} from the stored rows: parameters are an array of
   * ordinals, then one array for each key column.
   */
  String fill(String target, String stored, List<String> fillColumns) {
    String sets =
        fillColumns.stream()
            .map(SqlIdentifiers::quote)
            .map(c -> c + " = s." + c)
            .collect(joining(", "));
    return "UPDATE %s t SET %s FROM (SELECT a.v0::bigint AS %s, %s FROM %s) a, LATERAL (SELECT * FROM %s m WHERE %s OFFSET 0) s WHERE t.%s = a.%s"
        .formatted(
            target,
            sets,
            ORDINAL,
            castKeys(),
            arrays(keys.size() + 1, "v"),
            stored,
            keyEquals("m", "a"),
            ORDINAL,
            ORDINAL);
  }

  /** The ordinals of {@link #fill}'s parameters that have no stored row. */
  String missing(String stored) {
    return "SELECT min(a.%s) FROM (SELECT a.v0::bigint AS %s, %s FROM %s) a WHERE NOT EXISTS (SELECT FROM %s m WHERE %s)"
        .formatted(
            ORDINAL,
            ORDINAL,
            castKeys(),
            arrays(keys.size() + 1, "v"),
            stored,
            keyEquals("m", "a"));
  }

  private String castKeys() {
    List<String> casts = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      casts.add(
          "a.v%d::%s AS %s"
              .formatted(i + 1, keys.get(i).castType(), SqlIdentifiers.quote(keyNames.get(i))));
    }
    return String.join(", ", casts);
  }

  String keyEquals(String left, String right) {
    return keyNames.stream()
        .map(SqlIdentifiers::quote)
        .map(k -> left + "." + k + " = " + right + "." + k)
        .collect(joining(" AND "));
  }

  // ---- large flushes: COPY, set-wise statements

  String copyTarget(String relation) {
    return "%s (%s, %s)".formatted(relation, SqlIdentifiers.list(columnNames), STAGED_EXTRA);
  }

  String copyChanges() {
    return "%s (%s, %s)".formatted(changes, SqlIdentifiers.list(columnNames), CHANGES_EXTRA);
  }

  /** The rows alive in the middle of a flush: what is staged, and what it did not touch. */
  String alive(boolean truncated) {
    String names = SqlIdentifiers.list(columnNames);
    if (truncated) {
      return staged;
    }
    return "(SELECT %s FROM %s UNION ALL SELECT %s FROM %s m0 WHERE NOT EXISTS (SELECT FROM %s n0 WHERE %s) AND NOT EXISTS (SELECT FROM %s g0 WHERE %s))"
        .formatted(
            names,
            staged,
            names,
            mirror,
            staged,
            keyEquals("n0", "m0"),
            gone,
            keyEquals("g0", "m0"));
  }

  /** The identity of one row that equals the parameters, one text for each but the identity. */
  String findEqual(String relation, String identity) {
    List<String> stored = new ArrayList<>();
    List<String> given = new ArrayList<>();
    for (TargetColumn column : columns) {
      if (!column.name().equals(identity)) {
        stored.add("m." + SqlIdentifiers.quote(column.name()));
        given.add("?::text::" + column.type());
      }
    }
    return "SELECT m.%s FROM %s m WHERE ROW(%s)::record *= ROW(%s)::record LIMIT 1"
        .formatted(
            SqlIdentifiers.quote(identity),
            relation,
            String.join(", ", stored),
            String.join(", ", given));
  }

  List<String> createIndexes() {
    String names = SqlIdentifiers.list(keyNames);
    return List.of(
        "CREATE INDEX " + stagedIndex + " ON " + staged + " (" + names + ")",
        "CREATE INDEX " + goneIndex + " ON " + gone + " (" + names + ")");
  }

  /** Moves the rows of {@code next} to the staged ones; what was staged of their keys is over. */
  List<String> merge() {
    return List.of(
        "DELETE FROM %s t USING %s x WHERE %s".formatted(staged, next, keyEquals("t", "x")),
        "DELETE FROM %s t USING %s x WHERE %s".formatted(gone, next, keyEquals("t", "x")),
        "INSERT INTO %1$s (%3$s) SELECT %3$s FROM %2$s"
            .formatted(staged, next, SqlIdentifiers.list(columnNames) + ", " + STAGED_EXTRA),
        "TRUNCATE " + next);
  }

  /** Forgets what was staged of keys that are given as arrays. */
  List<String> forgetByArrays() {
    return List.of(
        "DELETE FROM %s t USING %s WHERE %s"
            .formatted(staged, arrays(keys.size(), "k"), keyEqualsArrays("t")),
        "DELETE FROM %s t USING %s WHERE %s"
            .formatted(gone, arrays(keys.size(), "k"), keyEqualsArrays("t")));
  }

  /** One delete for each row alive; parameters: ordinal before the first, segment, position. */
  String truncateChanges(boolean truncated) {
    return "INSERT INTO %s (%s, %s) SELECT %s, ?::bigint + row_number() OVER (), ?, 'd', ?, ?::pg_lsn, ?, ?::timestamp FROM %s m"
        .formatted(
            changes,
            SqlIdentifiers.list(columnNames),
            CHANGES_EXTRA,
            SqlIdentifiers.list("m", columnNames),
            alive(truncated));
  }

  String analyze(boolean withChanges) {
    return "ANALYZE " + staged + ", " + gone + (withChanges ? ", " + changes : "");
  }

  String insertOld(boolean truncated) {
    String all =
        "INSERT INTO %s (%s) SELECT %s FROM %s m"
            .formatted(
                oldRows,
                SqlIdentifiers.list(columnNames),
                SqlIdentifiers.list("m", columnNames),
                mirror);
    if (truncated) {
      return all;
    }
    String tuple = SqlIdentifiers.list(keyNames);
    return all
        + " WHERE (%s) IN (SELECT %s FROM %s UNION ALL SELECT %s FROM %s)"
            .formatted(SqlIdentifiers.list("m", keyNames), tuple, staged, tuple, gone);
  }

  String delete(boolean truncated) {
    return truncated
        ? "DELETE FROM %s m WHERE NOT EXISTS (SELECT FROM %s n WHERE %s)"
            .formatted(mirror, staged, keyEquals("n", "m"))
        : "DELETE FROM %s m USING %s g WHERE %s".formatted(mirror, gone, keyEquals("g", "m"));
  }

  /** Empties all temporary relations; only after the commit, as it costs milliseconds. */
  String reset() {
    return "DROP INDEX IF EXISTS pg_temp.%s, pg_temp.%s; TRUNCATE %s, %s, %s, %s, %s"
        .formatted(stagedIndex, goneIndex, staged, oldRows, gone, changes, next);
  }

  // ---- snapshots: a loading table that outlives the session

  List<String> createLoading(String loading) {
    return List.of(
        "CREATE TABLE %s AS SELECT %s, NULL::pg_lsn AS %s, NULL::timestamp AS %s FROM %s WITH NO DATA"
            .formatted(loading, SqlIdentifiers.list(columnNames), LSN, COMMIT_TIME, mirror),
        "ALTER TABLE %s ADD PRIMARY KEY (%s)".formatted(loading, SqlIdentifiers.list(keyNames)));
  }

  String load(String loading) {
    List<String> all = new ArrayList<>(columnNames.stream().map(SqlIdentifiers::quote).toList());
    all.add(LSN);
    all.add(COMMIT_TIME);
    String sets = all.stream().map(c -> c + " = excluded." + c).collect(joining(", "));
    String names = String.join(", ", all);
    return "INSERT INTO %s (%s) SELECT %s FROM %s ON CONFLICT (%s) DO UPDATE SET %s"
        .formatted(loading, names, names, next, SqlIdentifiers.list(keyNames), sets);
  }

  /** Stages the difference between a loaded snapshot and the mirror. */
  List<String> stageDifference(String loading) {
    String names = SqlIdentifiers.list("l", columnNames);
    return List.of(
        "INSERT INTO %s (%s, %s) SELECT %s, row_number() OVER (), l.%s, l.%s FROM %s l LEFT JOIN %s m ON %s WHERE m.%s IS NULL OR ROW(%s)::record *<> ROW(%s)::record"
            .formatted(
                staged,
                SqlIdentifiers.list(columnNames),
                STAGED_EXTRA,
                names,
                LSN,
                COMMIT_TIME,
                loading,
                mirror,
                keyEquals("m", "l"),
                SqlIdentifiers.quote(keyNames.get(0)),
                names,
                SqlIdentifiers.list("m", columnNames)),
        "INSERT INTO %s SELECT %s FROM %s m WHERE NOT EXISTS (SELECT FROM %s l WHERE %s)"
            .formatted(
                gone, SqlIdentifiers.list("m", keyNames), mirror, loading, keyEquals("l", "m")));
  }

  /**
   * One read for each staged row and one delete for each gone one; parameter: the ordinal before.
   */
  List<String> snapshotChanges() {
    String into =
        "INSERT INTO %s (%s, %s) SELECT "
            .formatted(changes, SqlIdentifiers.list(columnNames), CHANGES_EXTRA);
    return List.of(
        into
            + "%s, ?::bigint + row_number() OVER (), 1, 'r', (%s - '0/0')::bigint, %s, 0, %s FROM %s n"
                .formatted(SqlIdentifiers.list("n", columnNames), LSN, LSN, COMMIT_TIME, staged),
        into
            + "%s, ?::bigint + row_number() OVER (), 1, 'd', (%s - '0/0')::bigint, %s, 0, %s FROM %s m JOIN %s g ON %s CROSS JOIN %s"
                .formatted(
                    SqlIdentifiers.list("m", columnNames),
                    "p." + LSN,
                    "p." + LSN,
                    "p." + COMMIT_TIME,
                    mirror,
                    gone,
                    keyEquals("g", "m"),
                    "(SELECT ?::pg_lsn AS _cdc_lsn, ?::timestamp AS _cdc_commit_time) p"));
  }
}
