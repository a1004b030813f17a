package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.binary.RowEncoding;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.connect.pipeline.KeyNames;
import dev.cdcpipeline.sink.table.TableOptions;
import dev.cdcpipeline.sink.table.TablePlan;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * The encodings of one source table's changes, one with a plan of its own for each version of its
 * columns. Not thread-safe.
 */
final class MirrorEncodings {
  /** An encoding, and the plan that it is made for. */
  record Encoded(TablePlan plan, RowEncoding encoding) {}

  private record Known(RowType key, RowType row, Encoded encoded) {
    boolean appliesAt(Lsn at) {
      return encoded.plan().appliesAt(at);
    }
  }

  private final TableId table;
  private final TableOptions options;
  private final List<Known> known = new ArrayList<>();
  private Known last;

  MirrorEncodings(TableId table, TableOptions options) {
    this.table = table;
    this.options = options;
  }

  /** The table that is written. */
  TableId table() {
    return table;
  }

  /**
   * The encoding of changes with these columns; the table is made to take them first.
   *
   * @param at LSN of the change that has them
   * @throws ConnectException a key column is not among the row's
   */
  @SuppressWarnings("ReferenceEquality") // column types come from a cache by schema
  Encoded of(RowType key, RowType row, Lsn at, FlushWriter target) {
    if (last != null && last.key() == key && last.row() == row && last.appliesAt(at)) {
      return last.encoded();
    }
    Known found = null;
    for (Known one : known) {
      if (one.key() == key && one.row() == row && one.appliesAt(at)) {
        found = one;
      }
    }
    if (found == null) {
      found = new Known(key, row, equal(key, row, at, target));
      known.add(found);
    }
    last = found;
    return found.encoded();
  }

  /** Makes the table to take rows with these columns, if it is not there. */
  void make(List<String> key, RowType row, Lsn at, FlushWriter target) {
    if (known.isEmpty()) {
      target.plan(table, options, row, KeyNames.columns(key, row), at);
    }
  }

  // the rows before and after a change have types of their own, which are equal
  private Encoded equal(RowType key, RowType row, Lsn at, FlushWriter target) {
    for (Known one : known) {
      if (one.key().equals(key) && one.row().equals(row) && one.appliesAt(at)) {
        return one.encoded();
      }
    }
    List<String> names = KeyNames.columns(key.columns().stream().map(Column::name).toList(), row);
    for (String name : names) {
      if (row.indexOf(name) < 0) {
        throw new ConnectException(
            "cannot mirror into %s: the key's column %s is not among the row's, %s; check message.key.columns and the transformations of the source connector"
                .formatted(table, name, row.columns().stream().map(Column::name).toList()));
      }
    }
    TablePlan plan = target.plan(table, options, row, names, at);
    // the others were made without knowing of these columns
    known.clear();
    return new Encoded(plan, plan.encoding(named(key, names), row));
  }

  private static RowType named(RowType key, List<String> names) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      columns.add(key.columns().get(i).named(names.get(i)));
    }
    return new RowType(columns);
  }
}
