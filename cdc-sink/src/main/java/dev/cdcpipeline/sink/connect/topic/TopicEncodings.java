package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.binary.RowEncoding;
import dev.cdcpipeline.sink.connect.config.TopicSettings;
import dev.cdcpipeline.sink.table.TablePlan;
import dev.cdcpipeline.sink.table.WriteMode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * The encodings of one topic's records, one for each pair of key and value columns, and the plan
 * they are made for. A plan is asked for when records have columns that it can't take. Not
 * thread-safe.
 */
final class TopicEncodings {
  /** The columns of a key or value that rows take nothing from. */
  static final RowType NOTHING = new RowType(List.of());

  // column types come from a cache by schema, so this is reached only where there are no schemas
  private static final int MAX_ENCODINGS = 64;

  private record Known(RowType key, RowType value, RowEncoding encoding) {}

  private final TopicSettings settings;
  private final boolean append;
  private final List<Known> known = new ArrayList<>();
  private TablePlan plan;
  private RowType lastKey;
  private RowType lastValue;
  private RowEncoding last;

  TopicEncodings(TopicSettings settings) {
    this.settings = settings;
    this.append = settings.options().mode() == WriteMode.APPEND;
  }

  /** Whether rows take columns from the record's key. */
  boolean readsKeys() {
    return !settings.keyFromValue() && !(append && settings.keyColumns().isEmpty());
  }

  boolean hasPlan() {
    return plan != null;
  }

  /** The plan that encodings are made for. */
  TablePlan plan() {
    return plan;
  }

  /**
   * The encoding of records with these columns.
   *
   * @throws ConnectException the key columns are not there
   */
  @SuppressWarnings("ReferenceEquality") // column types come from a cache by schema
  RowEncoding of(RowType key, RowType value, FlushWriter target) {
    if (key == lastKey && value == lastValue) {
      return last;
    }
    RowEncoding found = null;
    for (Known one : known) {
      if (one.key() == key && one.value() == value) {
        found = one.encoding();
      }
    }
    if (found == null) {
      found = make(key, value, target);
    }
    lastKey = key;
    lastValue = value;
    last = found;
    return found;
  }

  private RowEncoding make(RowType key, RowType value, FlushWriter target) {
    RowType named = named(key);
    RowType row = joined(named, value);
    if (plan == null || !plan.takes(row)) {
      plan = target.plan(settings.table(), settings.options(), row, keyColumns(named, row));
      known.clear();
    }
    if (known.size() >= MAX_ENCODINGS) {
      known.clear();
    }
    RowEncoding encoding = plan.encoding(named, value);
    known.add(new Known(key, value, encoding));
    return encoding;
  }

  // a key that is no record has one column, which the settings name
  private RowType named(RowType key) {
    if (key.size() == 1
        && settings.keyColumns().size() == 1
        && key.indexOf(settings.keyColumns().get(0)) < 0) {
      Column bare = key.columns().get(0);
      return new RowType(
          List.of(
              new Column(
                  settings.keyColumns().get(0),
                  bare.type(),
                  bare.nullable(),
                  bare.parameters(),
                  bare.element())));
    }
    return key;
  }

  private RowType joined(RowType key, RowType value) {
    List<Column> columns = new ArrayList<>();
    for (Column column : key.columns()) {
      if (settings.keyColumns().isEmpty() || settings.keyColumns().contains(column.name())) {
        columns.add(column);
      }
    }
    for (Column column : value.columns()) {
      if (columns.stream().noneMatch(c -> c.name().equals(column.name()))) {
        columns.add(column);
      }
    }
    return new RowType(columns);
  }

  private List<String> keyColumns(RowType key, RowType row) {
    if (append) {
      return List.of();
    }
    List<String> names =
        settings.keyColumns().isEmpty()
            ? key.columns().stream().map(Column::name).toList()
            : settings.keyColumns();
    if (names.isEmpty()) {
      throw new ConnectException(
          "cannot upsert into %s: key.from=value needs key.columns, the names of the value's fields that make the key"
              .formatted(settings.table()));
    }
    for (String name : names) {
      if (row.indexOf(name) < 0) {
        throw new ConnectException(
            "cannot upsert into %s: the records have no column %s for the key, only %s; correct key.columns or key.from"
                .formatted(
                    settings.table(), name, row.columns().stream().map(Column::name).toList()));
      }
    }
    return names;
  }
}
