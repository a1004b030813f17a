package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.reconcile.RowDifference.Cell;
import dev.cdcpipeline.app.reconcile.RowDifference.Kind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Columns that both sides have, key first, and how rows of them are ordered and compared. Both
 * databases and this class agree on the order: integers by value, everything else by the bytes of
 * its text, NULL last.
 *
 * @param columns the key's columns, then the others
 */
record RowLayout(List<ComparedColumn> columns) {

  /**
   * @param key whether rows are matched by it
   * @param integer whether both sides hold an integer
   * @param number whether both sides hold a number: 1.50 equals 1.5
   */
  record ComparedColumn(String name, boolean key, boolean integer, boolean number) {}

  /**
   * @param source the columns the source's query gives: all of them are compared
   * @param target the columns the target has, at least those
   * @param key names of the columns that match rows
   */
  static RowLayout of(
      List<SortedRows.Column> source, List<SortedRows.Column> target, List<String> key) {
    List<ComparedColumn> keys = new ArrayList<>();
    List<ComparedColumn> values = new ArrayList<>();
    for (SortedRows.Column column : source) {
      SortedRows.Column other =
          target.stream().filter(t -> t.name().equals(column.name())).findFirst().orElseThrow();
      boolean isKey = key.contains(column.name());
      (isKey ? keys : values)
          .add(
              new ComparedColumn(
                  column.name(),
                  isKey,
                  column.isInteger() && other.isInteger(),
                  column.isNumber() && other.isNumber()));
    }
    keys.addAll(values);
    return new RowLayout(List.copyOf(keys));
  }

  String orderedSql(String query) {
    String list =
        columns.stream().map(column -> quoted(column.name())).collect(Collectors.joining(", "));
    String order =
        columns.stream()
            .filter(ComparedColumn::key)
            .map(
                column ->
                    column.integer()
                        ? quoted(column.name())
                        : quoted(column.name()) + "::text COLLATE \"C\"")
            .collect(Collectors.joining(", "));
    return "SELECT " + list + " FROM (" + query + "\n) q ORDER BY " + order;
  }

  /** The order of the keys of two rows, as the databases sort them. */
  int compareKeys(String[] one, String[] other) {
    for (int i = 0; i < columns.size() && columns.get(i).key(); i++) {
      int order = compare(columns.get(i), one[i], other[i]);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static int compare(ComparedColumn column, String one, String other) {
    if (one == null || other == null) {
      return Boolean.compare(one == null, other == null);
    }
    return column.integer()
        ? Long.compare(Long.parseLong(one), Long.parseLong(other))
        : Arrays.compareUnsigned(
            one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }

  /** The key and what differs; no values differ if only the key is there. */
  List<Cell> differingCells(String[] source, String[] target) {
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      ComparedColumn column = columns.get(i);
      if (column.key() || !same(column, source[i], target[i])) {
        cells.add(new Cell(column.name(), column.key(), source[i], target[i]));
      }
    }
    return cells;
  }

  boolean sameValues(String[] source, String[] target) {
    for (int i = 0; i < columns.size(); i++) {
      if (!columns.get(i).key() && !same(columns.get(i), source[i], target[i])) {
        return false;
      }
    }
    return true;
  }

  /** A whole row that only one side has. */
  RowDifference oneSided(Kind kind, String[] row) {
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      boolean atSource = kind == Kind.MISSING;
      cells.add(
          new Cell(
              columns.get(i).name(),
              columns.get(i).key(),
              atSource ? row[i] : null,
              atSource ? null : row[i]));
    }
    return new RowDifference(kind, cells);
  }

  private static boolean same(ComparedColumn column, String one, String other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    return one.equals(other) || (column.number() && sameNumber(one, other));
  }

  private static boolean sameNumber(String one, String other) {
    try {
      return new BigDecimal(one).compareTo(new BigDecimal(other)) == 0;
    } catch (NumberFormatException e) {
      // NaN and infinity are no decimals; their texts were compared already.
      return false;
    }
  }

  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
