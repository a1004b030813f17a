package dev.cdcpipeline.sink.change;

/**
 * A table's name at its database, unquoted.
 *
 * @param schema for example {@code public}
 * @param name for example {@code orders}
 */
public record TableId(String schema, String name) implements Comparable<TableId> {

  @Override
  public int compareTo(TableId other) {
    int bySchema = schema.compareTo(other.schema);
    return bySchema != 0 ? bySchema : name.compareTo(other.name);
  }

  /** {@code schema.name}, for messages; not quoted, never for SQL. */
  @Override
  public String toString() {
    return schema + "." + name;
  }
}
