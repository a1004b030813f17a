package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The columns a reader wants of a table, and the class it wants them in: a reader schema. Columns
 * are found by name in whatever version a record was written with; the others are skipped without
 * being read. Integers of any width read as {@link ColumnType#INT64}, so that a widened column
 * still reads; decimals keep the writer's scale; times of any precision read as microseconds.
 *
 * <pre>{@code
 * Projection<Account> ACCOUNT =
 *     Projection.<Account>columns()
 *         .required("account_id", ColumnType.INT64)
 *         .optional("balance", ColumnType.DECIMAL)
 *         .toastable("notes")
 *         .rows(row -> new Account((Long) row.get(0), (BigDecimal) row.get(1), ToastableText.of(row.get(2))));
 * }</pre>
 *
 * Immutable and thread-safe.
 *
 * @param <R> the class of a row
 */
public final class Projection<R> {
  /** What a column may lack. */
  enum Presence {
    REQUIRED,
    OPTIONAL,
    TOASTABLE
  }

  private final RowType type;
  private final List<Presence> presences;
  private final Function<Row, R> rows;

  private Projection(RowType type, List<Presence> presences, Function<Row, R> rows) {
    this.type = type;
    this.presences = presences;
    this.rows = rows;
  }

  /** Begins a projection; columns keep the order in which they are named. */
  public static <R> Columns<R> columns() {
    return new Columns<>();
  }

  RowType type() {
    return type;
  }

  Presence presence(int column) {
    return presences.get(column);
  }

  R row(Object[] values) {
    return rows.apply(new Row(type, values));
  }

  /**
   * The columns named so far.
   *
   * @param <R> the class of a row
   */
  public static final class Columns<R> {
    private static final Map<ColumnType, String> READABLE = new EnumMap<>(ColumnType.class);

    static {
      READABLE.put(ColumnType.BOOLEAN, "Boolean");
      READABLE.put(ColumnType.INT64, "Long");
      READABLE.put(ColumnType.FLOAT64, "Double");
      READABLE.put(ColumnType.STRING, "String");
      READABLE.put(ColumnType.BYTES, "byte[]");
      READABLE.put(ColumnType.DECIMAL, "BigDecimal");
      READABLE.put(ColumnType.DATE, "Integer");
      READABLE.put(ColumnType.TIME_MICROS, "Long");
      READABLE.put(ColumnType.TIMESTAMP_MICROS, "Long");
    }

    private final List<Column> columns = new ArrayList<>();
    private final List<Presence> presences = new ArrayList<>();

    private Columns() {}

    /** A column without which there is no row, such as a key: never null, never unavailable. */
    public Columns<R> required(String name, ColumnType type) {
      return add(name, type, Presence.REQUIRED);
    }

    /**
     * A column that may be null, and is null where the writer's schema does not have it; never
     * unavailable.
     */
    public Columns<R> optional(String name, ColumnType type) {
      return add(name, type, Presence.OPTIONAL);
    }

    /**
     * A text column that may be null, missing, or {@link Row#UNAVAILABLE} because the change left
     * it out.
     */
    public Columns<R> toastable(String name) {
      return add(name, ColumnType.STRING, Presence.TOASTABLE);
    }

    private Columns<R> add(String name, ColumnType type, Presence presence) {
      if (!READABLE.containsKey(type)) {
        throw new IllegalArgumentException(
            "column "
                + name
                + " cannot be read as "
                + type
                + "; choose one of "
                + READABLE.keySet());
      }
      columns.add(new Column(name, type, presence != Presence.REQUIRED, Map.of()));
      presences.add(presence);
      return this;
    }

    /**
     * Completes the projection.
     *
     * @param rows makes a row from the columns' values, in the order they were named
     */
    public Projection<R> rows(Function<Row, R> rows) {
      return new Projection<>(new RowType(columns), List.copyOf(presences), rows);
    }
  }
}
