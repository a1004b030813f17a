package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.sink.postgres.SchemaEvolution;

/**
 * How a {@link TableWriter} treats one table.
 *
 * @param mode what a record does
 * @param autoCreate whether a missing table is created from the records' columns
 * @param schemaEvolution what may be done to the table when the records' columns change
 * @param appliedAtColumn a column that is set to the time of the flush with every row written; null
 *     for none
 */
public record TableOptions(
    WriteMode mode, boolean autoCreate, SchemaEvolution schemaEvolution, String appliedAtColumn) {

  /** Created and evolved, no column for the time. */
  public static TableOptions of(WriteMode mode) {
    return new TableOptions(mode, true, SchemaEvolution.EVOLVE, null);
  }

  public TableOptions withAutoCreate(boolean create) {
    return new TableOptions(mode, create, schemaEvolution, appliedAtColumn);
  }

  public TableOptions withSchemaEvolution(SchemaEvolution evolution) {
    return new TableOptions(mode, autoCreate, evolution, appliedAtColumn);
  }

  public TableOptions withAppliedAtColumn(String column) {
    return new TableOptions(mode, autoCreate, schemaEvolution, column);
  }
}
