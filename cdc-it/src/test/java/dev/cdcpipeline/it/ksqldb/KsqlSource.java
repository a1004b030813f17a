package dev.cdcpipeline.it.ksqldb;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A stream or table that a statement has made.
 *
 * @param topic its topic
 * @param table whether it is a table
 * @param key its key columns, in order
 * @param values its other columns, in order
 */
record KsqlSource(
    String name,
    String topic,
    boolean table,
    Map<String, KsqlType> key,
    Map<String, KsqlType> values) {

  /** All columns, those of the key first. */
  Map<String, KsqlType> columns() {
    Map<String, KsqlType> all = new LinkedHashMap<>(key);
    all.putAll(values);
    return all;
  }
}
