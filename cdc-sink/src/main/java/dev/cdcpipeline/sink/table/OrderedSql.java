package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.sink.binary.BinaryType;
import dev.cdcpipeline.sink.binary.RowLayout;
import dev.cdcpipeline.sink.ledger.ReplayTables;
import dev.cdcpipeline.sink.postgres.MirrorColumns;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.TargetTable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The statements of a {@link TablePlan} of a mirror, whose rows are ordered by source position:
 * each leaves alone what a later change has made of a row, keys that a later change has deleted,
 * and what a TRUNCATE has removed.
 */
final class OrderedSql {
  /** Writes complete rows that are staged. */
  final String writeStaged;

  /** Writes complete rows that come as arrays, one for each column. */
  final String writeArrays;

  /** The same for rows that an incremental snapshot read: one that is as stored is no change. */
  final String writeReadsStaged;

  final String writeReadsArrays;

  /** Numbers, from 1, of the incomplete rows without a stored one and without a reason for that. */
  final String missing;

  /** Deletes the rows of keys that come as arrays, with positions. */
  final String deleteArrays;

  /** Remembers the keys that come as arrays as deleted, with positions. */
  final String rememberDeleted;

  /** Keeps out, until the commit, writers that go alone. */
  final String lockShared;

  /** Keeps out, until the commit, all other writers of the table. */
  final String lockAlone;

  private final TargetTable table;
  private final RowLayout layout;
  private final UpsertSql sql;
  private final List<TargetColumn> targets;
  private final ReplayTables replay;

  OrderedSql(
      TargetTable table,
      RowLayout layout,
      UpsertSql sql,
      List<TargetColumn> targets,
      ReplayTables replay) {
    this.table = table;
    this.layout = layout;
    this.sql = sql;
    this.targets = targets;
    this.replay = replay;
    String arrays = UpsertSql.arrays(sql.types(), "s", UpsertSql.names("c", layout.size()));
    String staged = sql.stage() + " AS s";
    writeStaged = write(staged, false);
    writeArrays = write(arrays, false);
    writeReadsStaged = write(staged, true);
    writeReadsArrays = write(arrays, true);
    missing =
        "SELECT s.n FROM %s WHERE NOT EXISTS (SELECT FROM %s t WHERE %s) AND %s ORDER BY 1"
            .formatted(ordered(arrays), table.sql(), sameKey("c"), isNotOver("c", true));
    List<BinaryType> keyTypes = new ArrayList<>(layout.keyTypes());
    keyTypes.add(BinaryType.TEXT);
    String keys = UpsertSql.arrays(keyTypes, "s", UpsertSql.names("k", keyTypes.size()));
    deleteArrays =
        "DELETE FROM %s AS t USING %s WHERE %s AND %s(%s, t.%s) IS NOT TRUE"
            .formatted(
                table.sql(),
                keys,
                sameKey("k"),
                replay.qualified("is_repeat"),
                position("k"),
                MirrorColumns.POSITION);
    rememberDeleted =
        """
        INSERT INTO %1$s AS d (target_schema, target_table, key, position)
        SELECT %2$s, %3$s, %4$s, %5$s FROM %6$s
        ON CONFLICT (target_schema, target_table, key) DO UPDATE
        SET position = excluded.position, deleted_at = now()
        WHERE %7$s(excluded.position, d.position) IS NOT TRUE\
        """
            .formatted(
                replay.qualified("deleted_keys"),
                SqlIdentifiers.literal(table.id().schema()),
                SqlIdentifiers.literal(table.id().name()),
                keyDocument("k"),
                position("k"),
                keys,
                replay.qualified("is_repeat"));
    lockShared = lock("pg_advisory_xact_lock_shared", table.sql());
    lockAlone = lock("pg_advisory_xact_lock", table.sql());
  }

  /**
   * The lock of a mirror, by its name: a TRUNCATE of one that does not exist yet must keep its
   * creator's rows out.
   */
  static String lock(String function, String qualified) {
    return "SELECT %s(%d, hashtext(%s))"
        .formatted(function, UpsertSql.LOCKS, SqlIdentifiers.literal(qualified));
  }

  /** Writes rows that come as arrays and leave some columns as they are stored. */
  String update(BitSet kept) {
    List<String> sets = new ArrayList<>();
    for (int i = 0; i < layout.size(); i++) {
      if (!kept.get(i) && !layout.keyColumns().contains(i)) {
        sets.add(name(i) + " = " + sql.value("s.c" + (i + 1), i));
      }
    }
    sets.add(MirrorColumns.APPLIED_AT + " = now()");
    return "UPDATE %s AS t SET %s FROM %s WHERE %s AND %s(%s, t.%s) IS NOT TRUE AND %s"
        .formatted(
            table.sql(),
            String.join(", ", sets),
            UpsertSql.arrays(sql.types(), "s", UpsertSql.names("c", layout.size())),
            sameKey("c"),
            replay.qualified("is_repeat"),
            position("c"),
            MirrorColumns.POSITION,
            isNotOver("c", false));
  }

  private String write(String source, boolean reads) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < layout.size(); i++) {
      values.add(sql.value("s.c" + (i + 1), i));
    }
    return "INSERT INTO %s AS t (%s, %s) OVERRIDING SYSTEM VALUE SELECT %s, now() FROM %s WHERE %s ON CONFLICT (%s) DO UPDATE SET %s WHERE %s(excluded.%s, t.%s) IS NOT TRUE%s"
        .formatted(
            table.sql(),
            sql.columnList(),
            MirrorColumns.APPLIED_AT,
            String.join(", ", values),
            source,
            isNotOver("c", true),
            SqlIdentifiers.list(layout.keyNames()),
            sets(),
            replay.qualified("is_repeat"),
            MirrorColumns.POSITION,
            MirrorColumns.POSITION,
            reads ? differs() : "");
  }

  private String sets() {
    List<String> sets = new ArrayList<>();
    for (int i = 0; i < layout.size(); i++) {
      if (!layout.keyColumns().contains(i)) {
        sets.add(name(i) + " = excluded." + name(i));
      }
    }
    sets.add("%1$s = excluded.%1$s".formatted(MirrorColumns.APPLIED_AT));
    return String.join(", ", sets);
  }

  private String differs() {
    List<String> data = new ArrayList<>();
    for (int i = 0; i < layout.size(); i++) {
      if (i != layout.position() && !layout.keyColumns().contains(i)) {
        data.add(layout.columns().get(i).name());
      }
    }
    return data.isEmpty()
        ? " AND FALSE"
        : " AND ROW(%s)::record *<> ROW(%s)::record"
            .formatted(SqlIdentifiers.list("t", data), SqlIdentifiers.list("excluded", data));
  }

  /** The change was not undone, by a TRUNCATE or a later deletion, before it came. */
  private String isNotOver(String prefix, boolean keyMayBeGone) {
    String schema = SqlIdentifiers.literal(table.id().schema());
    String name = SqlIdentifiers.literal(table.id().name());
    String floor =
        "NOT EXISTS (SELECT FROM %s f WHERE f.target_schema = %s AND f.target_table = %s AND %s(%s, f.position) OFFSET 0)"
            .formatted(
                replay.qualified("truncates"),
                schema,
                name,
                replay.qualified("is_below"),
                position(prefix));
    if (!keyMayBeGone) {
      return floor;
    }
    // OFFSET 0 keeps the lookup a lookup, however few keys there were when the plan was made
    return floor
        + " AND NOT EXISTS (SELECT FROM %s d WHERE d.target_schema = %s AND d.target_table = %s AND d.key = %s AND %s(%s, d.position) OFFSET 0)"
            .formatted(
                replay.qualified("deleted_keys"),
                schema,
                name,
                keyDocument(prefix),
                replay.qualified("is_repeat"),
                position(prefix));
  }

  private String name(int column) {
    return SqlIdentifiers.quote(layout.columns().get(column).name());
  }

  /** The position, of rows ("c") or of keys ("k"), which have it last. */
  private String position(String prefix) {
    int place = prefix.equals("c") ? layout.position() : layout.keyColumns().size();
    return "s.%s%d::%s".formatted(prefix, place + 1, replay.positionType());
  }

  private String keyValue(String prefix, int place) {
    int column = layout.keyColumns().get(place);
    return sql.value("s." + prefix + ((prefix.equals("c") ? column : place) + 1), column);
  }

  private String sameKey(String prefix) {
    List<String> conditions = new ArrayList<>();
    for (int i = 0; i < layout.keyColumns().size(); i++) {
      conditions.add("t." + name(layout.keyColumns().get(i)) + " = " + keyValue(prefix, i));
    }
    return String.join(" AND ", conditions);
  }

  // as JSON numbers are equal where the source's are, whatever their width or scale
  private String keyDocument(String prefix) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < layout.keyColumns().size(); i++) {
      TargetColumn target = targets.get(layout.keyColumns().get(i));
      String value = keyValue(prefix, i);
      values.add(target.base().equals("citext") ? "lower(" + value + "::text)" : value);
    }
    return "jsonb_build_array(" + String.join(", ", values) + ")";
  }

  private static String ordered(String arrays) {
    return arrays.replace(" AS s (", " WITH ORDINALITY AS s (").replaceAll("\\)$", ", n)");
  }
}
