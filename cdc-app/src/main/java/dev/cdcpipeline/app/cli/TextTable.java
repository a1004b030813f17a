package dev.cdcpipeline.app.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Rows as aligned text: numbers to the right, everything else to the left, NULL as {@value #NULL}.
 */
final class TextTable {

  static final String NULL = "NULL";

  private static final Pattern NUMBER = Pattern.compile("-?\\d[\\d,]*(\\.\\d+)?( ms| s)?");
  private static final String GAP = "  ";

  private final List<String> headers;
  private final List<List<String>> rows = new ArrayList<>();

  TextTable(String... headers) {
    this(Arrays.asList(headers));
  }

  TextTable(List<String> headers) {
    this.headers = List.copyOf(headers);
  }

  /** Adds a row; null is NULL. */
  TextTable row(String... cells) {
    return row(Arrays.asList(cells));
  }

  /** Adds a row; null is NULL. */
  TextTable row(List<String> cells) {
    if (cells.size() != headers.size()) {
      throw new IllegalArgumentException(
          "a row must have " + headers.size() + " cells, has " + cells.size());
    }
    rows.add(Collections.unmodifiableList(new ArrayList<>(cells)));
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Prints headers, a line, and the rows. */
  void print(PrintWriter out) {
    print(out, "");
  }

  /** The same, each line beginning with the indentation. */
  void print(PrintWriter out, String indentation) {
    int columns = headers.size();
    int[] widths = new int[columns];
    boolean[] right = new boolean[columns];
    for (int column = 0; column < columns; column++) {
      widths[column] = width(headers.get(column));
      right[column] = !rows.isEmpty();
      for (List<String> row : rows) {
        String cell = row.get(column);
        widths[column] = Math.max(widths[column], width(shown(cell)));
        right[column] &= cell == null || NUMBER.matcher(cell).matches();
      }
    }
    out.println(indentation + line(headers, widths, right));
    List<String> dashes = Arrays.stream(widths).mapToObj("-"::repeat).toList();
    out.println(indentation + line(dashes, widths, right));
    rows.forEach(row -> out.println(indentation + line(row, widths, right)));
  }

  private static String line(List<String> cells, int[] widths, boolean[] right) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = shown(cells.get(column));
      String padding = " ".repeat(widths[column] - width(cell));
      line.append(column == 0 ? "" : GAP).append(right[column] ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }

  /** A cell is one line: control characters would break the table, or the terminal. */
  private static String shown(String cell) {
    if (cell == null) {
      return NULL;
    }
    StringBuilder text = new StringBuilder();
    cell.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> text.appendCodePoint(Character.isISOControl(point) ? '\uFFFD' : point);
              }
            });
    return text.toString();
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}
