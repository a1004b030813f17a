package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.binary.BinaryType;
import dev.cdcpipeline.sink.binary.RowEncoding;
import dev.cdcpipeline.sink.binary.RowLayout;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.ReplayTables;
import dev.cdcpipeline.sink.postgres.MirrorColumns;
import dev.cdcpipeline.sink.postgres.TargetColumn;
import dev.cdcpipeline.sink.postgres.TargetTable;
import dev.cdcpipeline.sink.postgres.ValueText;
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
  private final UpsertSql sql;
  private final OrderedSql orderedSql;
  private final TargetTables.Dropped dropped;

  private TablePlan(
      TargetTable table,
      RowLayout layout,
      List<TargetColumn> targets,
      UpsertSql sql,
      OrderedSql orderedSql,
      TargetTables.Dropped dropped) {
    this.table = table;
    this.layout = layout;
    this.targets = targets;
    this.sql = sql;
    this.orderedSql = orderedSql;
    this.dropped = dropped;
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
    UpsertSql sql = new UpsertSql(table, layout, targets, options.appliedAtColumn(), number);
    return new TablePlan(table, layout, List.copyOf(targets), sql, null, null);
  }

  /**
   * @param dropped columns of the mirror that are no longer at the source, which become NULL
   */
  static TablePlan ofMirror(
      TargetTable mirror,
      RowType type,
      List<String> keyColumns,
      TargetTables.Dropped dropped,
      ReplayTables replay,
      int number) {
    List<RowLayout.LayoutColumn> columns = new ArrayList<>();
    List<TargetColumn> targets = new ArrayList<>();
    for (Column source : type.columns()) {
      TargetColumn target = mirror.columns().get(mirror.indexOf(source.name()));
      BinaryType form = BinaryType.of(source.type(), target.base());
      columns.add(new RowLayout.LayoutColumn(target.name(), target.base(), form));
      targets.add(target);
    }
    List<TargetColumn> more = new ArrayList<>(dropped.columns());
    more.add(mirror.columns().get(mirror.indexOf(MirrorColumns.POSITION)));
    for (TargetColumn target : more) {
      columns.add(new RowLayout.LayoutColumn(target.name(), target.base(), BinaryType.TEXT));
      targets.add(target);
    }
    List<Integer> keys = keyColumns.stream().map(type::indexOf).toList();
    RowLayout layout = new RowLayout(columns, keys, columns.size() - 1);
    UpsertSql sql = new UpsertSql(mirror, layout, targets, null, number);
    OrderedSql orderedSql = new OrderedSql(mirror, layout, sql, targets, replay);
    return new TablePlan(mirror, layout, List.copyOf(targets), sql, orderedSql, dropped);
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
   * Whether changes of the mirror's source at a place of its log can be written by this plan: a
   * column that they lack may be one that is yet to come, or one that was dropped.
   */
  public boolean appliesAt(Lsn at) {
    return dropped == null || dropped.appliesAt(at);
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

  UpsertSql sql() {
    return sql;
  }

  /** What is different for a mirror, null for any other table. */
  OrderedSql orderedSql() {
    return orderedSql;
  }

  /** {@code schema.name}, for messages. */
  @Override
  public String toString() {
    return table.id().toString();
  }
}
