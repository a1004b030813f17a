package dev.cdcpipeline.app.reconcile;

import java.util.List;
import java.util.Set;

/**
 * A mirror and the source table that it must equal.
 *
 * @param target the mirror
 * @param source the source table
 * @param key what identifies a row; empty for a table without a key, whose rows are counted
 * @param columns the columns that are compared, key and values
 * @param sinks the sinks that read the table's topic, by {@code sink.name}
 * @param wholeTransactions whether the mirror is written in whole source transactions, so that
 *     {@code cdc.position} says which commit it equals
 * @param shape what the source table is made of
 */
record ComparedMirror(
    TableName target,
    TableName source,
    List<KeyColumn> key,
    List<Column> columns,
    Set<String> sinks,
    boolean wholeTransactions,
    SourceShape shape) {

  ComparedMirror {
    key = List.copyOf(key);
    columns = List.copyOf(columns);
    sinks = Set.copyOf(sinks);
  }

  /**
   * A column of the key.
   *
   * @param sourceType as the source would declare it
   * @param targetType as the target would declare it
   */
  record KeyColumn(String name, String sourceType, String targetType) {}

  /**
   * A column that is compared.
   *
   * @param sourceType PostgreSQL's name of the type at the source
   */
  record Column(String name, String sourceType) {

    /**
     * The column's value as both sides must have it: a time of day with its zone is one instant.
     */
    String sql(String alias) {
      String column = alias + "." + RowLayout.quoted(name);
      return sourceType.startsWith("time")
              && sourceType.endsWith("with time zone")
              && !sourceType.startsWith("timestamp")
          ? "timezone('UTC', " + column + "::timetz)"
          : column;
    }
  }
}
