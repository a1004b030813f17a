package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.sink.binary.BinaryType;
import dev.cdcpipeline.sink.binary.RowLayout;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.TargetTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The statements of one {@link TablePlan}. */
final class UpsertSql {
  // what reads the text form as its own, and must: a cast to it could cut a value short
  private static final Set<String> TEXTS = Set.of("text", "varchar", "bpchar");

  // any constant will do, as long as all sinks of a database use the same
  static final int LOCKS = 0x63646374;

  /** Copies rows to the staging table. */
  final String copyStaged;

  /** Copies rows to the table itself; null where {@code COPY} can't do what {@code INSERT} does. */
  final String copyDirect;

  /** Whether one of the keys that come as arrays has a row. */
  final String anyStored;

  final String createStage;
  final String clearStage;

  /** Writes what is staged. */
  final String writeStaged;

  /** Writes rows that come as arrays, one for each column. */
  final String writeArrays;

  /** Keeps out, until the commit, writers that delete from the table. */
  final String lockShared;

  /** Keeps out, until the commit, all other writers of the table. */
  final String lockAlone;

  /** Deletes the rows of keys that come as arrays. */
  final String deleteArrays;

  private final TargetTable table;
  private final RowLayout layout;
  private final List<TargetColumn> targets;
  private final String appliedAt;
  private final boolean stampedByDefault;
  private final String stage;

  UpsertSql(
      TargetTable table,
      RowLayout layout,
      List<TargetColumn> targets,
      String appliedAtColumn,
      int number) {
    this.table = table;
    this.layout = layout;
    this.targets = targets;
    int stamp = appliedAtColumn == null ? -1 : table.indexOf(appliedAtColumn);
    this.appliedAt =
        stamp >= 0 && layout.indexOf(appliedAtColumn) < 0
            ? SqlIdentifiers.quote(appliedAtColumn)
            : null;
    this.stampedByDefault = stamp >= 0 && table.columns().get(stamp).stamped();
    this.stage = "pg_temp.cdc_rows_" + number;
    copyStaged = "COPY " + stage + " FROM STDIN (FORMAT binary)";
    copyDirect = isDirect() ? copyTable() : null;
    createStage =
        "CREATE TEMPORARY TABLE cdc_rows_%d (%s) ON COMMIT DELETE ROWS"
            .formatted(number, definitions());
    clearStage = "TRUNCATE " + stage;
    writeStaged = write(stage + " AS s");
    writeArrays = write(arrays(types(), "s", names("c", layout.size())));
    List<BinaryType> keyTypes = layout.keyTypes();
    String keys = arrays(keyTypes, "k", names("k", keyTypes.size()));
    String lock = "(%d, %s::regclass::oid::integer)";
    String locked = lock.formatted(LOCKS, SqlIdentifiers.literal(table.sql()));
    lockShared = "SELECT pg_advisory_xact_lock_shared" + locked;
    lockAlone = "SELECT pg_advisory_xact_lock" + locked;
    // one look for each key, until the first that is found, whatever the planner thinks of the
    // arrays' length
    anyStored =
        "SELECT EXISTS (SELECT FROM %s, LATERAL (SELECT FROM %s AS t WHERE %s OFFSET 0) AS stored)"
            .formatted(keys, table.sql(), sameKey());
    deleteArrays = "DELETE FROM %s AS t USING %s WHERE %s".formatted(table.sql(), keys, sameKey());
  }

  private boolean isDirect() {
    if (!table.copied() || (appliedAt != null && !stampedByDefault)) {
      return false;
    }
    for (RowLayout.LayoutColumn column : layout.columns()) {
      if (!column.type().isFormOf(column.base())) {
        return false;
      }
    }
    return true;
  }

  private String copyTable() {
    return "COPY " + table.sql() + " (" + columnList() + ") FROM STDIN (FORMAT binary)";
  }

  /** Name of the staging table. */
  String stage() {
    return stage;
  }

  String columnList() {
    return SqlIdentifiers.list(
        layout.columns().stream().map(RowLayout.LayoutColumn::name).toList());
  }

  List<BinaryType> types() {
    return layout.columns().stream().map(RowLayout.LayoutColumn::type).toList();
  }

  private String definitions() {
    List<String> definitions = new ArrayList<>();
    for (int i = 0; i < layout.size(); i++) {
      definitions.add("c" + (i + 1) + " " + layout.columns().get(i).type().sql());
    }
    return String.join(", ", definitions);
  }

  static String names(String prefix, int count) {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      names.add(prefix + i);
    }
    return String.join(", ", names);
  }

  static String arrays(List<BinaryType> types, String alias, String names) {
    List<String> parameters = types.stream().map(t -> "?::" + t.sql() + "[]").toList();
    return "unnest(%s) AS %s (%s)".formatted(String.join(", ", parameters), alias, names);
  }

  /** A column's value out of what was sent, as the target's type. */
  String value(String alias, int column) {
    TargetColumn target = targets.get(column);
    boolean cast =
        layout.columns().get(column).type() == BinaryType.TEXT && !TEXTS.contains(target.base());
    return alias + (cast ? "::" + target.castType() : "");
  }

  // compared as text, char(n) has neither its index nor its blanks
  private String key(String alias, int column) {
    return value(alias, column) + (targets.get(column).base().equals("bpchar") ? "::bpchar" : "");
  }

  private String sameKey() {
    List<String> conditions = new ArrayList<>();
    for (int i = 0; i < layout.keyColumns().size(); i++) {
      int column = layout.keyColumns().get(i);
      conditions.add(
          "t.%s = %s"
              .formatted(
                  SqlIdentifiers.quote(layout.columns().get(column).name()),
                  key("k.k" + (i + 1), column)));
    }
    return String.join(" AND ", conditions);
  }

  private String write(String source) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < layout.size(); i++) {
      values.add(value("s.c" + (i + 1), i));
    }
    String into = columnList();
    if (appliedAt != null) {
      into += ", " + appliedAt;
      values.add("now()");
    }
    return "INSERT INTO %s AS t (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s%s"
        .formatted(table.sql(), into, String.join(", ", values), source, conflict());
  }

  private String conflict() {
    if (!layout.isKeyed()) {
      return "";
    }
    List<String> keys = layout.keyNames();
    List<String> others =
        layout.columns().stream()
            .map(RowLayout.LayoutColumn::name)
            .filter(name -> !keys.contains(name))
            .toList();
    String on = " ON CONFLICT (" + SqlIdentifiers.list(keys) + ")";
    if (others.isEmpty()) {
      return on + " DO NOTHING";
    }
    List<String> sets = new ArrayList<>();
    others.forEach(
        c -> sets.add(SqlIdentifiers.quote(c) + " = excluded." + SqlIdentifiers.quote(c)));
    if (appliedAt != null) {
      sets.add(appliedAt + " = excluded." + appliedAt);
    }
    return "%s DO UPDATE SET %s WHERE ROW(%s)::record *<> ROW(%s)::record"
        .formatted(
            on,
            String.join(", ", sets),
            SqlIdentifiers.list("t", others),
            SqlIdentifiers.list("excluded", others));
  }
}
