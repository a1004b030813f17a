package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.mirror.FlushListener;
import dev.cdcpipeline.sink.mirror.FlushView;
import dev.cdcpipeline.sink.mirror.StagedTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Writes source commits into mirrors the simplest way, and calls the listener as the sink does. */
final class FakeWriter {
  private final Connection connection;
  private final FlushListener listener;
  private final Map<String, Map<String, String>> tables;
  private final Map<String, String> keys;

  FakeWriter(Connection connection, FlushListener listener) throws SQLException {
    this(connection, listener, ShopTables.COLUMNS, ShopTables.KEYS);
  }

  FakeWriter(
      Connection connection,
      FlushListener listener,
      Map<String, Map<String, String>> tables,
      Map<String, String> keys)
      throws SQLException {
    this.connection = connection;
    this.listener = listener;
    this.tables = tables;
    this.keys = keys;
    connection.setAutoCommit(false);
  }

  void open() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (Map.Entry<String, Map<String, String>> table : tables.entrySet()) {
        String name = table.getKey();
        String columns = definition(table.getValue());
        statement.execute("CREATE TEMP TABLE new_" + name + " (" + columns + ")");
        statement.execute("CREATE TEMP TABLE old_" + name + " (" + columns + ")");
        statement.execute(
            "CREATE TEMP TABLE changes_"
                + name
                + " ("
                + columns
                + ", _cdc_ordinal bigint, _cdc_segment bigint, _cdc_op text, _cdc_commit_seq"
                + " bigint, _cdc_lsn pg_lsn, _cdc_source_order bigint, _cdc_commit_time"
                + " timestamp)");
        statement.execute("CREATE TEMP TABLE keys_" + name + " (k int)");
      }
    }
    connection.commit();
    new OffsetLedger(connection, "cdc", "analytics").createObjects();
    listener.opened(connection);
    connection.commit();
    idleIfWanted();
  }

  private void idleIfWanted() throws SQLException {
    while (listener.wantsIdle()) {
      listener.idle(connection);
      connection.commit();
    }
  }

  void createMirrors() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA IF NOT EXISTS mirror");
      for (Map.Entry<String, Map<String, String>> table : tables.entrySet()) {
        statement.execute(
            "CREATE TABLE IF NOT EXISTS mirror."
                + table.getKey()
                + " ("
                + definition(table.getValue())
                + ", _cdc_applied_at timestamptz, _cdc_position pg_lsn, PRIMARY KEY ("
                + keys.get(table.getKey())
                + "))");
      }
    }
    connection.commit();
  }

  void idle() throws SQLException {
    listener.idle(connection);
    connection.commit();
    idleIfWanted();
  }

  /** One flush of some commits; nothing is left of it if the listener throws. */
  void flush(List<SourceCommit> commits, boolean snapshot) throws SQLException {
    try {
      FlushView flush = stage(commits, snapshot);
      listener.beforeRows(flush);
      write(flush);
      listener.afterRows(flush);
      connection.commit();
      idleIfWanted();
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      throw e;
    }
  }

  /** A flush that is rolled back when the listener is done, as if the database had gone away. */
  void flushAndLose(List<SourceCommit> commits) throws SQLException {
    FlushView flush = stage(commits, false);
    listener.beforeRows(flush);
    write(flush);
    listener.afterRows(flush);
    connection.rollback();
  }

  FlushView stage(List<SourceCommit> commits, boolean snapshot) throws SQLException {
    Map<String, Map<Object, SourceChange>> last = new LinkedHashMap<>();
    Map<String, List<Object[]>> changes = new HashMap<>();
    long ordinal = 0;
    long segment = 0;
    for (SourceCommit commit : commits) {
      segment++;
      for (int i = 0; i < commit.changes().size(); i++) {
        SourceChange change = commit.changes().get(i);
        ordinal++;
        last.computeIfAbsent(change.table(), t -> new LinkedHashMap<>())
            .put(change.row().get(keys.get(change.table())), change);
        List<Object> row = new ArrayList<>();
        tables.get(change.table()).keySet().forEach(c -> row.add(change.row().get(c)));
        row.add(ordinal);
        row.add(segment);
        row.add(String.valueOf(change.op()));
        row.add(commit.previousCommit());
        row.add(new Lsn(commit.lsn(i)).toString());
        row.add((long) i + 1);
        row.add(time(commit.timeMicros()));
        changes.computeIfAbsent(change.table(), t -> new ArrayList<>()).add(row.toArray());
      }
    }
    List<StagedTable> staged = new ArrayList<>();
    for (String table : new TreeSet<>(last.keySet())) {
      staged.add(stage(table, last.get(table), changes.get(table)));
    }
    SourceCommit end = commits.get(commits.size() - 1);
    return new FlushView(connection, staged, snapshot, new Lsn(end.commitLsn()), end.timeMicros());
  }

  private StagedTable stage(String table, Map<Object, SourceChange> last, List<Object[]> changes)
      throws SQLException {
    TableId id = new TableId("public", table);
    List<String> columns = new ArrayList<>(tables.get(table).keySet());
    String key = keys.get(table);
    try (Statement statement = connection.createStatement()) {
      for (String kind : List.of("new_", "old_", "changes_", "keys_")) {
        statement.execute("DELETE FROM " + kind + table);
      }
    }
    List<Object[]> keyRows = last.keySet().stream().map(k -> new Object[] {k}).toList();
    insert("keys_" + table, 1, keyRows, -1);
    insert(
        "new_" + table,
        columns.size(),
        last.values().stream()
            .filter(c -> c.op() != 'd')
            .map(c -> columns.stream().map(n -> c.row().get(n)).toArray())
            .toList(),
        -1);
    boolean logged = listener.wantsChanges(id);
    if (logged) {
      insert("changes_" + table, columns.size() + 7, changes, columns.size() + 5);
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO old_%1$s SELECT %2$s FROM mirror.%1$s m JOIN keys_%1$s k ON k.k = m.%3$s"
              .formatted(table, "m." + String.join(", m.", columns), key));
      if (last.size() > 300) {
        statement.execute(
            "ANALYZE new_%1$s; ANALYZE old_%1$s; ANALYZE keys_%1$s; ANALYZE changes_%1$s"
                .formatted(table));
      }
    }
    return new StagedTable(
        id,
        "mirror." + table,
        columns,
        List.of(key),
        "pg_temp.new_" + table,
        "pg_temp.old_" + table,
        logged ? Optional.of("pg_temp.changes_" + table) : Optional.empty(),
        last.size());
  }

  void write(FlushView flush) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (StagedTable table : flush.tables()) {
        String name = table.source().name();
        String key = keys.get(name);
        statement.execute(
            "DELETE FROM mirror.%1$s m USING keys_%1$s k WHERE k.k = m.%2$s AND NOT EXISTS (SELECT FROM new_%1$s n WHERE n.%2$s = k.k)"
                .formatted(name, key));
        List<String> sets = new ArrayList<>();
        table.columns().forEach(c -> sets.add(c + " = excluded." + c));
        statement.execute(
            "INSERT INTO mirror.%1$s (%2$s, _cdc_applied_at, _cdc_position) SELECT %2$s, now(), '%3$s' FROM new_%1$s ON CONFLICT (%4$s) DO UPDATE SET %5$s"
                .formatted(
                    name,
                    String.join(", ", table.columns()),
                    flush.position(),
                    key,
                    String.join(", ", sets)));
      }
    }
  }

  private void insert(String table, int width, List<Object[]> rows, int lsnColumn)
      throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    StringBuilder sql = new StringBuilder("INSERT INTO " + table + " VALUES (");
    for (int i = 1; i <= width; i++) {
      sql.append(i == 1 ? "?" : ", ?").append(i == lsnColumn ? "::pg_lsn" : "");
    }
    try (PreparedStatement statement = connection.prepareStatement(sql.append(")").toString())) {
      for (Object[] row : rows) {
        for (int i = 0; i < row.length; i++) {
          if (row[i] == null) {
            statement.setNull(i + 1, Types.NULL);
          } else {
            statement.setObject(i + 1, row[i]);
          }
        }
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static LocalDateTime time(long micros) {
    return LocalDateTime.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L),
        (int) Math.floorMod(micros, 1_000_000L) * 1_000,
        ZoneOffset.UTC);
  }

  private static String definition(Map<String, String> columns) {
    List<String> parts = new ArrayList<>();
    columns.forEach((c, t) -> parts.add(c + " " + t));
    return String.join(", ", parts);
  }
}
