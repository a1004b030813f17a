package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.Column;

/**
 * What an added column has in the rows that existed, as the source's catalogue keeps it. Where that
 * keeps nothing (an expression, a table that was rewritten) these rows are known only when the
 * table is read again.
 */
public final class ColumnDefault {
  private static final String HSTORE = "HSTORE";

  private ColumnDefault() {}

  /**
   * {@code DEFAULT …} ready for SQL, with a space before it; empty if there is none to know.
   *
   * @param type the column's type at the target
   */
  public static String clause(Column column, String type) {
    String value = column.parameters().get(Column.MISSING_VALUE);
    boolean isText =
        !type.startsWith("json")
            || !HSTORE.equals(column.parameters().get(ColumnTypes.SOURCE_TYPE));
    return value == null || !isText ? "" : " DEFAULT '" + value.replace("'", "''") + "'";
  }
}
