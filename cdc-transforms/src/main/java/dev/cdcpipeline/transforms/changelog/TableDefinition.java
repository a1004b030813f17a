package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What the transforms read of a source table: its key, the columns they need, and the class that
 * carries a row.
 *
 * <p>The order of the columns is part of the stored state: add new ones at the end, where rows
 * stored before read them as null. Immutable and thread-safe.
 *
 * @param <R> the class of a row; two rows with equal columns may be different objects
 */
public final class TableDefinition<R> {
  private final String schema;
  private final String table;
  private final List<Column> columns;
  private final int keySize;
  private final Map<String, Integer> index = new HashMap<>();
  private final Function<RowValues, R> row;

  private record Column(String name, ColumnKind kind) {}

  private TableDefinition(Builder builder, Function<RowValues, R> row) {
    this.schema = builder.schema;
    this.table = builder.table;
    this.columns = List.copyOf(builder.columns);
    this.keySize = builder.keySize;
    this.row = row;
    for (int i = 0; i < columns.size(); i++) {
      if (index.put(columns.get(i).name(), i) != null) {
        throw new IllegalArgumentException(
            "table " + name() + " names column " + columns.get(i).name() + " twice");
      }
    }
    if (keySize == 0) {
      throw new IllegalArgumentException(
          "table " + name() + " has no key column; name at least one by key(…)");
    }
  }

  /** Begins the definition of {@code schema.table}. */
  public static Builder of(String schema, String table) {
    return new Builder(schema, table);
  }

  /** The table without its schema; stores and nodes are named after it. */
  public String table() {
    return table;
  }

  /** {@code schema.table}, as in the name of its change topic. */
  public String name() {
    return schema + "." + table;
  }

  /**
   * Checks that keys of this type are the table's canonical keys, so that rows can be looked up by
   * them.
   *
   * @throws IllegalArgumentException if the table's only key column is of another type
   */
  public void requireKey(ValueType<?> keyType) {
    ValueType<?> own = columns.get(0).kind().type();
    if (keySize == 1 && own != keyType) {
      throw new IllegalArgumentException(
          "cannot look up "
              + name()
              + " by a key of another type than its key column "
              + columns.get(0).name());
    }
  }

  int indexOf(String column) {
    Integer i = index.get(column);
    if (i == null) {
      throw new IllegalArgumentException(
          "the definition of " + name() + " has no column " + column + ", only " + index.keySet());
    }
    return i;
  }

  /** The row that these values make. */
  R row(Object[] values) {
    return row.apply(new RowValues(this, values));
  }

  /**
   * The columns of this definition from an event's row: a column that the row does not have is
   * null, one that the event did not carry stays {@link Row#UNAVAILABLE}.
   */
  Object[] valuesOf(Row source) {
    return valuesOf(source, columns.size());
  }

  /** The key columns alone. */
  Object[] keyValuesOf(Row source) {
    return valuesOf(source, keySize);
  }

  private Object[] valuesOf(Row source, int count) {
    RowType type = source.type();
    Object[] values = new Object[count];
    for (int i = 0; i < count; i++) {
      Column column = columns.get(i);
      int at = type.indexOf(column.name());
      if (at < 0 && i < keySize) {
        throw new UnusableRecordException(
            "row of " + name() + " has no key column " + column.name() + ", only " + type);
      }
      Object value = at < 0 ? null : source.get(at);
      values[i] =
          value == null || value == Row.UNAVAILABLE
              ? value
              : column.kind().valueOf(type.columns().get(at), value);
      if (i < keySize && (values[i] == null || values[i] == Row.UNAVAILABLE)) {
        throw new UnusableRecordException(
            "key column " + column.name() + " of " + name() + " has no value");
      }
    }
    return values;
  }

  /** The canonical key: the same bytes for the same key under any schema version. */
  byte[] keyOf(Object[] values) {
    BinaryOutput out = new BinaryOutput();
    for (int i = 0; i < keySize; i++) {
      columns.get(i).kind().writeKey(out, values[i]);
    }
    return out.toByteArray();
  }

  /**
   * The sum of the key columns' hashes: what the source connector's routing by fields computes too.
   */
  int keyHash(Object[] values) {
    int hash = 0;
    for (int i = 0; i < keySize; i++) {
      hash += columns.get(i).kind().hash(values[i]);
    }
    return hash;
  }

  boolean isSame(Object[] left, Object[] right) {
    for (int i = 0; i < columns.size(); i++) {
      if (!columns.get(i).kind().isSame(left[i], right[i])) {
        return false;
      }
    }
    return true;
  }

  /** The name of a column whose value the event did not carry, null if all are there. */
  String firstUnavailable(Object[] values) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == Row.UNAVAILABLE) {
        return columns.get(i).name();
      }
    }
    return null;
  }

  void write(BinaryOutput out, Object[] values) {
    for (int i = 0; i < columns.size(); i++) {
      columns.get(i).kind().writeStored(out, values[i]);
    }
  }

  Object[] read(BinaryInput in) {
    Object[] values = new Object[columns.size()];
    for (int i = 0; i < values.length && !in.isAtEnd(); i++) {
      values[i] = columns.get(i).kind().readStored(in);
    }
    return values;
  }

  /** A definition being written: key columns first. */
  public static final class Builder {
    private final String schema;
    private final String table;
    private final List<Column> columns = new ArrayList<>();
    private int keySize;

    private Builder(String schema, String table) {
      this.schema = schema;
      this.table = table;
    }

    /**
     * Adds a column of the primary key.
     *
     * @throws IllegalStateException if another column came before it
     */
    public Builder key(String name, ColumnKind kind) {
      if (keySize != columns.size()) {
        throw new IllegalStateException("key columns come first: " + name + " of " + table);
      }
      keySize++;
      return column(name, kind);
    }

    /** Adds a column. */
    public Builder column(String name, ColumnKind kind) {
      columns.add(new Column(name, kind));
      return this;
    }

    /** Ends the definition with what makes a row of its values. */
    public <R> TableDefinition<R> rows(Function<RowValues, R> row) {
      return new TableDefinition<>(this, row);
    }
  }
}
