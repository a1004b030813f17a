package dev.cdcpipeline.sink.result;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Pieces of SQL that every kind of result is put together from. */
final class Sql {
  /** The flush's position, as a statement without parameters reads it. */
  static final String LSN = "(SELECT nullif(current_setting('cdc.flush_lsn'), '')::pg_lsn)";

  /** The flush's commit time at the source. */
  static final String CLOCK = "(SELECT current_setting('cdc.flush_clock')::timestamptz)";

  private Sql() {}

  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  static String quote(String schema, String name) {
    return quote(schema) + "." + quote(name);
  }

  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** {@code "a", "b"}. */
  static String list(List<String> columns) {
    return each(columns, ", ", Sql::quote);
  }

  /** {@code t."a", t."b"}. */
  static String list(String alias, List<String> columns) {
    return each(columns, ", ", c -> alias + "." + quote(c));
  }

  /** {@code a."x" = b."x" AND …}. */
  static String equal(String a, String b, List<String> columns) {
    return each(columns, " AND ", c -> a + "." + quote(c) + " = " + b + "." + quote(c));
  }

  /** {@code a."x" = b."y" AND …}, pairwise. */
  static String equal(String a, List<String> left, String b, List<String> right) {
    StringBuilder sql = new StringBuilder();
    for (int i = 0; i < left.size(); i++) {
      sql.append(i == 0 ? "" : " AND ")
          .append(a + "." + quote(left.get(i)) + " = " + b + "." + quote(right.get(i)));
    }
    return sql.toString();
  }

  /** {@code a."x" IS NOT NULL AND …}. */
  static String notNull(String alias, List<String> columns) {
    return each(columns, " AND ", c -> alias + "." + quote(c) + " IS NOT NULL");
  }

  static String each(List<String> columns, String separator, Function<String, String> piece) {
    return columns.stream().map(piece).collect(Collectors.joining(separator));
  }
}
