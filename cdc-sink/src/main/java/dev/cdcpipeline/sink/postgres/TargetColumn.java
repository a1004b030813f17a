package dev.cdcpipeline.sink.postgres;

/**
 * One column of a target table.
 *
 * @param name unquoted
 * @param type as {@code format_type} writes it, with length and scale, ready for SQL
 * @param castType the type without length and scale, ready for SQL: a cast to it never cuts a value
 *     short
 * @param base name of the type in {@code pg_type}, of the base type for a domain: {@code int4},
 *     {@code _text}
 * @param typeModifier {@code atttypmod}, -1 for none
 * @param notNull whether the column refuses NULL
 * @param stamped whether a row gets the time of its transaction where it names no value
 */
public record TargetColumn(
    String name,
    String type,
    String castType,
    String base,
    int typeModifier,
    boolean notNull,
    boolean stamped) {

  /** Whether the column is an array. */
  public boolean isArray() {
    return base.length() > 1 && base.charAt(0) == '_';
  }
}
