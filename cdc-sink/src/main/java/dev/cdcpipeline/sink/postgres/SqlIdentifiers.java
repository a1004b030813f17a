package dev.cdcpipeline.sink.postgres;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names as SQL takes them: always quoted, so that no name can be anything but a name. */
public final class SqlIdentifiers {
  private SqlIdentifiers() {}

  /**
   * The name in double quotes.
   *
   * @throws IllegalArgumentException if the name is empty or has a NUL, which PostgreSQL can't hold
   */
  public static String quote(String name) {
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("'" + name + "' is not a name PostgreSQL can hold");
    }
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** {@code "schema"."name"}. */
  public static String qualified(String schema, String name) {
    return quote(schema) + "." + quote(name);
  }

  /** The quoted names with commas between. */
  public static String list(Collection<String> names) {
    return names.stream().map(SqlIdentifiers::quote).collect(Collectors.joining(", "));
  }

  /** The quoted names, each as a column of {@code alias}, with commas between. */
  public static String list(String alias, Collection<String> names) {
    return names.stream().map(n -> alias + "." + quote(n)).collect(Collectors.joining(", "));
  }

  /** A text as an SQL literal, whatever {@code standard_conforming_strings} says. */
  public static String literal(String text) {
    String quoted = "'" + text.replace("'", "''") + "'";
    return text.indexOf('\\') < 0 ? quoted : " E" + quoted.replace("\\", "\\\\");
  }
}
