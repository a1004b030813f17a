package dev.cdcpipeline.sink.result;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What it takes to give a table the columns and keys of another one. The table stays the same, with
 * its grants, its indexes and the views over what does not change; new columns come last.
 */
final class TableAlteration {
  private static final String COLUMNS =
      """
      SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
      WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum\
      """;
  private static final String NOT_NULL =
      """
      SELECT attname, '' FROM pg_attribute
      WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull\
      """;
  private static final String KEYS =
      """
      SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE conrelid = ?::regclass AND contype IN ('p', 'u') ORDER BY 2\
      """;

  private final Connection connection;
  private final String table;
  private final Map<String, String> columns;
  private final Map<String, String> wanted;
  private final Map<String, String> keys;
  private final Map<String, String> wantedKeys;
  private final Map<String, String> notNull;

  private TableAlteration(Connection connection, String table, String like) throws SQLException {
    this.connection = connection;
    this.table = table;
    this.columns = map(COLUMNS, table);
    this.wanted = map(COLUMNS, like);
    this.keys = map(KEYS, table);
    this.wantedKeys = map(KEYS, like);
    this.notNull = map(NOT_NULL, table);
    notNull.keySet().removeAll(map(NOT_NULL, like).keySet());
  }

  /**
   * Compares two tables of one database.
   *
   * @param table qualified and quoted, the one to alter
   * @param like qualified and quoted, the one that it is to be like
   */
  static TableAlteration of(Connection connection, String table, String like) throws SQLException {
    return new TableAlteration(connection, table, like);
  }

  /** Whether the table has the columns and keys already, in whatever order. */
  boolean isNone() {
    return columns.equals(wanted) && !changesKeys();
  }

  /** Whether the rows can't stay as they are stored: a type or a key changes. */
  boolean needsRewrite() {
    return changesKeys()
        || wanted.entrySet().stream()
            .anyMatch(c -> columns.containsKey(c.getKey()) && changesType(c.getKey()));
  }

  /** Whether a column goes or changes its type, so that no view may use it. */
  boolean changesColumns() {
    return columns.keySet().stream().anyMatch(c -> !wanted.containsKey(c) || changesType(c));
  }

  /** Whether the table lacks a key that it is to have; more keys than that do no harm. */
  boolean changesKeys() {
    return !keys.values().containsAll(wantedKeys.values());
  }

  /** {@code name type} of each column the table has, then its keys. */
  List<String> before() {
    return described(columns, keys);
  }

  /** {@code name type} of each column it is to have, then the keys. */
  List<String> after() {
    return described(wanted, wantedKeys);
  }

  /**
   * Alters the table.
   *
   * @param keepsValues whether values of columns whose type changes are cast to it; they become
   *     NULL otherwise
   */
  void run(boolean keepsValues) throws SQLException {
    List<String> actions = new ArrayList<>();
    if (changesKeys()) {
      keys.forEach(
          (key, definition) -> {
            if (definition.startsWith("PRIMARY KEY")) {
              actions.add("DROP CONSTRAINT " + Sql.quote(key));
            }
          });
    }
    for (String column : columns.keySet()) {
      if (!wanted.containsKey(column)) {
        actions.add("DROP COLUMN " + Sql.quote(column));
        continue;
      }
      if (notNull.containsKey(column)) {
        actions.add("ALTER COLUMN " + Sql.quote(column) + " DROP NOT NULL");
      }
      if (changesType(column)) {
        String type = wanted.get(column);
        actions.add(
            "ALTER COLUMN %s TYPE %s USING %s"
                .formatted(
                    Sql.quote(column),
                    type,
                    (keepsValues ? Sql.quote(column) : "NULL") + "::" + type));
      }
    }
    wanted.forEach(
        (column, type) -> {
          if (!columns.containsKey(column)) {
            actions.add("ADD COLUMN " + Sql.quote(column) + " " + type);
          }
        });
    if (changesKeys()) {
      wantedKeys.values().stream()
          .filter(key -> !keys.containsValue(key))
          .forEach(key -> actions.add("ADD " + key));
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE " + table + " " + String.join(", ", actions));
    }
  }

  private boolean changesType(String column) {
    return !columns.get(column).equals(wanted.get(column));
  }

  private static List<String> described(Map<String, String> columns, Map<String, String> keys) {
    List<String> described = new ArrayList<>();
    columns.forEach((name, type) -> described.add(name + " " + type));
    described.addAll(keys.values());
    return described;
  }

  private Map<String, String> map(String sql, String parameter) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, parameter);
      Map<String, String> map = new LinkedHashMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          map.put(row.getString(1), row.getString(2));
        }
      }
      return map;
    }
  }
}
