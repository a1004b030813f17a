package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.ValueText;
import java.util.List;

/** Writes the rows of one row type for a list of target columns. */
final class RowEncoder {
  private final List<TargetColumn> columns;
  private final int[] places;
  private final Column[] sources;
  private final ValueText[] forms;

  /**
   * Prepares the forms of all values.
   *
   * @param columns the target's columns; one that the row type lacks is written as NULL
   */
  RowEncoder(RowType type, List<TargetColumn> columns) {
    this.columns = columns;
    this.places = new int[columns.size()];
    this.sources = new Column[columns.size()];
    this.forms = new ValueText[columns.size()];
    for (int i = 0; i < places.length; i++) {
      places[i] = type.indexOf(columns.get(i).name());
      if (places[i] >= 0) {
        sources[i] = type.columns().get(places[i]);
        forms[i] = ValueText.of(sources[i].type());
      }
    }
  }

  /** Number of target columns. */
  int size() {
    return places.length;
  }

  /** The row's value for a target column; null for NULL and for a value that is to be filled in. */
  Object value(Row row, int column) {
    int place = places[column];
    if (place < 0) {
      return null;
    }
    Object value = row.get(place);
    return value == Row.UNAVAILABLE ? null : value;
  }

  /** Whether the row's value for a target column has to be filled from the stored row. */
  boolean isUnavailable(Row row, int column) {
    return places[column] >= 0 && row.isUnavailable(places[column]);
  }

  /** Writes a value that is not null. */
  void append(int column, Object value, StringBuilder out) {
    forms[column].append(value, sources[column], columns.get(column), out);
  }

  /** Whether the column's form never needs an escape. */
  boolean isPlain(int column) {
    return forms[column] != null && forms[column].isPlain();
  }
}
