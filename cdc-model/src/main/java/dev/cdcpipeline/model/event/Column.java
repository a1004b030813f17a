package dev.cdcpipeline.model.event;

import java.util.Map;

/**
 * One column of a row as a change event describes it.
 *
 * @param name the column's name at the source, unquoted
 * @param type how the value is represented in {@link Row}
 * @param nullable whether the event's schema allows null
 * @param parameters what Debezium says of the column's source type, as it was registered, empty if
 *     nothing: for example {@code __debezium.source.column.type}, {@code
 *     __debezium.source.column.length}, {@code __debezium.source.column.scale}, {@code scale},
 *     {@code allowed}
 * @param element what an {@link ColumnType#ARRAY}'s elements are, null for any other type
 */
public record Column(
    String name,
    ColumnType type,
    boolean nullable,
    Map<String, String> parameters,
    Column element) {

  /**
   * The parameter with the column's name at the source, where the name of its field differs: Avro's
   * names have letters, digits and {@code _} only.
   */
  public static final String SOURCE_NAME = "__debezium.source.column.name";

  /**
   * The parameter of a column that is NOT NULL at the source: {@code true}. Its schema allows null
   * nevertheless, for events that are older than the column.
   */
  public static final String NOT_NULL = "cdc.column.not.null";

  /**
   * The parameter of a column that was added with a constant default: its value in the rows that
   * existed, as PostgreSQL's text.
   */
  public static final String MISSING_VALUE = "cdc.column.missing.value";

  /** A column that is no array. */
  public Column(String name, ColumnType type, boolean nullable, Map<String, String> parameters) {
    this(name, type, nullable, parameters, null);
  }

  /** Whether a row at the source may have NULL here. */
  public boolean mayBeNull() {
    return nullable && !parameters.containsKey(NOT_NULL);
  }

  /** The same column under another name. */
  public Column named(String other) {
    return new Column(other, type, nullable, parameters, element);
  }
}
