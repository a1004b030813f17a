package dev.cdcpipeline.transforms.changelog;

import java.math.BigDecimal;

/** The values of one row by the names that its {@link TableDefinition} gives; null is SQL NULL. */
public final class RowValues {
  private final TableDefinition<?> definition;
  private final Object[] values;

  RowValues(TableDefinition<?> definition, Object[] values) {
    this.definition = definition;
    this.values = values;
  }

  /** The value of an {@link ColumnKind#INTEGER} column. */
  public Long integer(String column) {
    return (Long) get(column);
  }

  /** The value of a {@link ColumnKind#DECIMAL} column. */
  public BigDecimal decimal(String column) {
    return (BigDecimal) get(column);
  }

  /** The value of a {@link ColumnKind#TEXT} column. */
  public String text(String column) {
    return (String) get(column);
  }

  /** The value of a {@link ColumnKind#BOOLEAN} column. */
  public Boolean bool(String column) {
    return (Boolean) get(column);
  }

  /** The value of a {@link ColumnKind#TIMESTAMP} column, microseconds since 1970-01-01T00:00. */
  public Long timestamp(String column) {
    return (Long) get(column);
  }

  private Object get(String column) {
    return values[definition.indexOf(column)];
  }
}
