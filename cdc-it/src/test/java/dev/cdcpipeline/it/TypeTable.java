package dev.cdcpipeline.it;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/** A table with one column for each type, at the source and as a mirror. */
final class TypeTable {
  private final TableWay way;
  private final List<TypeCase> types;
  private final Random random;

  TypeTable(TableWay way, List<TypeCase> types, Random random) {
    this.way = way;
    this.types = types;
    this.random = random;
  }

  /**
   * What became of a type's values.
   *
   * @param atSource a value that differs, as text; null if none does
   * @param atTarget what it became
   */
  record Verdict(String type, String advice, String atSource, String atTarget) {
    boolean isExact() {
      return atSource == null;
    }

    boolean isAsExpected() {
      return isExact() == advice.isEmpty();
    }
  }

  void create() {
    List<String> columns = new ArrayList<>(List.of("id bigserial PRIMARY KEY"));
    types.forEach(type -> columns.add(type.column() + " " + type.type()));
    way.commit("CREATE TABLE fidelity.types (" + String.join(", ", columns) + ")");
  }

  /** The edges of every type, a NULL, and then random values. */
  void insert(int randomRows) {
    int edges = types.stream().mapToInt(type -> type.edges().size()).max().orElseThrow();
    String names = String.join(", ", types.stream().map(TypeCase::column).toList());
    String values = String.join(", ", types.stream().map(t -> "?::" + t.type()).toList());
    String sql = "INSERT INTO fidelity.types (%s) VALUES (%s)".formatted(names, values);
    try (Connection source = way.source();
        PreparedStatement insert = source.prepareStatement(sql)) {
      for (int row = 0; row < edges + 1 + randomRows; row++) {
        for (int i = 0; i < types.size(); i++) {
          insert.setString(i + 1, types.get(i).value(row, random));
        }
        insert.executeUpdate();
      }
    } catch (SQLException e) {
      throw new AssertionError("cannot insert values of every type", e);
    }
  }

  /** Updates every row, so that streaming carries what the snapshot has carried. */
  void touch() {
    way.commit("UPDATE fidelity.types SET id = id + 1000000 WHERE id % 2 = 0");
  }

  List<Verdict> compare() {
    String columns =
        String.join(", ", types.stream().map(type -> type.column() + "::text").toList());
    Map<Long, String[]> source;
    Map<Long, String[]> target;
    try (Connection at = way.source()) {
      source = rows(at, "SELECT id, " + columns + " FROM fidelity.types");
    } catch (SQLException e) {
      throw new AssertionError("cannot read the source", e);
    }
    try (Connection at = way.target()) {
      target = rows(at, "SELECT id, " + columns + " FROM mirror.types");
    } catch (SQLException e) {
      throw new AssertionError("cannot read the mirror", e);
    }
    if (!source.keySet().equals(target.keySet())) {
      throw new AssertionError(
          "rows at the source: " + source.keySet() + ", in the mirror: " + target.keySet());
    }
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      verdicts.add(verdict(types.get(i), i, source, target));
    }
    return verdicts;
  }

  private static Verdict verdict(
      TypeCase type, int column, Map<Long, String[]> source, Map<Long, String[]> target) {
    for (Map.Entry<Long, String[]> row : source.entrySet()) {
      String expected = row.getValue()[column];
      String found = target.get(row.getKey())[column];
      if (!Objects.equals(expected, found)) {
        return new Verdict(type.type(), type.advice(), expected, found);
      }
    }
    return new Verdict(type.type(), type.advice(), null, null);
  }

  private Map<Long, String[]> rows(Connection connection, String sql) throws SQLException {
    Map<Long, String[]> found = new TreeMap<>();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      try (ResultSet rows = statement.executeQuery(sql)) {
        while (rows.next()) {
          String[] values = new String[types.size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = rows.getString(i + 2);
          }
          found.put(rows.getLong(1), values);
        }
      }
    }
    return found;
  }
}
