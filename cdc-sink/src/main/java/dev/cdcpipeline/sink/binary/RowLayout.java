package dev.cdcpipeline.sink.binary;

import dev.cdcpipeline.model.event.RowType;
import java.util.ArrayList;
import java.util.List;

/**
 * The columns that rows of one table are written to, in order, and the form of each. Immutable.
 *
 * @param columns at least one
 * @param keyColumns places of the key's columns, in the order of the key; empty for a table whose
 *     rows are only appended
 * @param position place of the column with a change's position at the source, by which older
 *     changes are told from newer ones; {@link #NONE} where the last one to come counts
 */
public record RowLayout(List<LayoutColumn> columns, List<Integer> keyColumns, int position) {
  /** Stands where there is no such column. */
  public static final int NONE = -1;

  /**
   * One column.
   *
   * @param name unquoted
   * @param base {@code typname} of the target's type, of the base type for a domain
   * @param type the form in which its values are written
   */
  public record LayoutColumn(String name, String base, BinaryType type) {}

  public RowLayout {
    columns = List.copyOf(columns);
    keyColumns = List.copyOf(keyColumns);
  }

  /** A layout in which the last change to come counts. */
  public RowLayout(List<LayoutColumn> columns, List<Integer> keyColumns) {
    this(columns, keyColumns, NONE);
  }

  /** Whether changes have positions, and may leave values as they are. */
  public boolean isGuarded() {
    return position != NONE;
  }

  /** Number of columns. */
  public int size() {
    return columns.size();
  }

  /** Whether rows have a key. */
  public boolean isKeyed() {
    return !keyColumns.isEmpty();
  }

  /** Place of a column, or -1. */
  public int indexOf(String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether every column of a row type has a place here, in a form that takes its values. */
  public boolean takes(RowType type) {
    return type.columns().stream()
        .allMatch(
            source -> {
              int i = indexOf(source.name());
              if (i < 0) {
                return false;
              }
              BinaryType form = columns.get(i).type();
              return form == BinaryType.TEXT
                  || form == BinaryType.of(source.type(), columns.get(i).base());
            });
  }

  /** Names of the key's columns. */
  public List<String> keyNames() {
    List<String> names = new ArrayList<>(keyColumns.size());
    keyColumns.forEach(i -> names.add(columns.get(i).name()));
    return names;
  }

  /** Forms of the key's columns. */
  public List<BinaryType> keyTypes() {
    List<BinaryType> types = new ArrayList<>(keyColumns.size());
    keyColumns.forEach(i -> types.add(columns.get(i).type()));
    return types;
  }
}
