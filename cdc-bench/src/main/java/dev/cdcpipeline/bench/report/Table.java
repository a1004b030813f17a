package dev.cdcpipeline.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A table of results: each cell is a text or a measured quantity. */
public final class Table {
  private final String caption;
  private final List<String> columns;
  private final List<List<Cell>> rows = new ArrayList<>();

  /**
   * A cell.
   *
   * @param text what it shows
   * @param measured the quantity behind the text, if it is one
   */
  public record Cell(String text, Optional<Measured> measured) {
    static Cell of(Object value) {
      return value instanceof Measured measured
          ? new Cell(measured.text(), Optional.of(measured))
          : new Cell(String.valueOf(value), Optional.empty());
    }
  }

  /**
   * @param caption what the table shows, in a few words
   */
  public Table(String caption, String... columns) {
    this(caption, List.of(columns));
  }

  public Table(String caption, List<String> columns) {
    this.caption = caption;
    this.columns = List.copyOf(columns);
  }

  /**
   * Adds a row.
   *
   * @param cells {@link Measured} or anything with a text, one for each column
   */
  public Table row(Object... cells) {
    return row(List.of(cells));
  }

  /** The same with a list. */
  public Table row(List<?> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "a row of '%s' must have %d cells, has %d"
              .formatted(caption, columns.size(), cells.size()));
    }
    rows.add(cells.stream().map(cell -> cell instanceof Cell c ? c : Cell.of(cell)).toList());
    return this;
  }

  public String caption() {
    return caption;
  }

  public List<String> columns() {
    return columns;
  }

  public List<List<Cell>> rows() {
    return List.copyOf(rows);
  }

  /** For JSON: caption, columns, rows; a measured cell with its unit and all its runs. */
  Map<String, Object> toMap() {
    return Map.of(
        "caption",
        caption,
        "columns",
        columns,
        "rows",
        rows.stream().map(row -> row.stream().map(Table::toMap).toList()).toList());
  }

  private static Map<String, Object> toMap(Cell cell) {
    return cell.measured().isEmpty()
        ? Map.of("text", cell.text())
        : Map.of(
            "text",
            cell.text(),
            "unit",
            cell.measured().get().unit(),
            "runs",
            cell.measured().get().runs());
  }
}
