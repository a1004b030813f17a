package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.binary.BinaryType;
import dev.cdcpipeline.sink.postgres.binary.RowEncoding;
import dev.cdcpipeline.sink.postgres.binary.RowLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * How the rows of one table are encoded and written, as the table was when it was looked at. Comes
 * from {@link TableWriter#plan}; immutable.
 */
public final class TablePlan {
  private final TargetTable table;
  private final RowLayout layout;
  private final List<TargetColumn> targets;
  private final TableSql sql;

  private TablePlan(TargetTable table, RowLayout layout, List<TargetColumn> targets, TableSql sql) {
    this.table = table;
    this.layout = layout;
    this.targets = targets;
    this.sql = sql;
  }

  static TablePlan of(
      TargetTable table, TableOptions options, RowType type, List<String> keyColumns, int number) {
    List<RowLayout.LayoutColumn> columns = new ArrayList<>();
    List<TargetColumn> targets = new ArrayList<>();
    type.columns()
        .forEach(
            source -> {
              TargetColumn target = table.columns().get(table.indexOf(source.name()));
              BinaryType form = BinaryType.of(source.type(), target.base());
              columns.add(new RowLayout.LayoutColumn(target.name(), target.base(), form));
              targets.add(target);
            });
    List<Integer> keys = keyColumns.stream().map(type::indexOf).toList();
    RowLayout layout = new RowLayout(columns, keys);
    TableSql sql = new TableSql(table, layout, targets, options.appliedAtColumn(), number);
    return new TablePlan(table, layout, List.copyOf(targets), sql);
  }

  /** The table written to. */
  public TableId table() {
    return table.id();
  }

  /** The columns rows are written in. */
  public RowLayout layout() {
    return layout;
  }

  /** Whether records of this type can be written by this plan. */
  public boolean takes(RowType type) {
    return layout.takes(type);
  }

  /**
   * An encoding of records with these columns.
   *
   * @param key columns of the record's key, all of which {@link #takes} or skips
   * @param value columns of the record's value
   */
  public RowEncoding encoding(RowType key, RowType value) {
    return new RowEncoding(
        layout,
        key,
        value,
        (source, place) -> {
          TargetColumn target = targets.get(place);
          ValueText text = ValueText.of(source.type());
          return (object, out) -> text.append(object, source, target, out);
        });
  }

  TableSql sql() {
    return sql;
  }

  /** {@code schema.name}, for messages. */
  @Override
  public String toString() {
    return table.id().toString();
  }
}
