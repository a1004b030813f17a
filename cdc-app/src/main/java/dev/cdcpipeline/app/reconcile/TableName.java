package dev.cdcpipeline.app.reconcile;

/**
 * A table with its schema.
 *
 * @param schema as the catalogue has it, not quoted
 * @param name as the catalogue has it, not quoted
 */
record TableName(String schema, String name) {

  /** Quoted, for SQL. */
  String sql() {
    return RowLayout.quoted(schema) + "." + RowLayout.quoted(name);
  }

  @Override
  public String toString() {
    return schema + "." + name;
  }
}
