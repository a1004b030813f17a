package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.sink.change.TableId;
import java.util.Map;
import java.util.Set;

/**
 * How a {@link TransactionalWriter} writes.
 *
 * @param mirrorSchema schema of the mirrors, unquoted
 * @param tables the mirrors of source tables that are not called like their source; for example one
 *     of two tables that share a name in two schemas
 * @param keepChanges source tables whose every change the {@link FlushListener}s see, one complete
 *     row each
 * @param autoCreate whether a missing mirror is created from the source's columns
 * @param schemaEvolution what may be done to a mirror when its source changes
 * @param copyThreshold rows in a flush from which on it is staged by {@code COPY} instead of arrays
 */
public record WriterOptions(
    String mirrorSchema,
    Map<TableId, TableId> tables,
    Set<TableId> keepChanges,
    boolean autoCreate,
    SchemaEvolution schemaEvolution,
    int copyThreshold) {

  public WriterOptions {
    tables = Map.copyOf(tables);
    keepChanges = Set.copyOf(keepChanges);
    if (copyThreshold < 1) {
      throw new IllegalArgumentException("copy.threshold must be at least 1, was " + copyThreshold);
    }
  }

  /** Schema mirror, no changes kept, mirrors created and evolved. */
  public static WriterOptions defaults() {
    return new WriterOptions("mirror", Map.of(), Set.of(), true, SchemaEvolution.EVOLVE, 500);
  }

  public WriterOptions withMirrorSchema(String schema) {
    return new WriterOptions(
        schema, tables, keepChanges, autoCreate, schemaEvolution, copyThreshold);
  }

  public WriterOptions withTables(Map<TableId, TableId> mirrors) {
    return new WriterOptions(
        mirrorSchema, mirrors, keepChanges, autoCreate, schemaEvolution, copyThreshold);
  }

  public WriterOptions withKeepChanges(Set<TableId> sources) {
    return new WriterOptions(
        mirrorSchema, tables, sources, autoCreate, schemaEvolution, copyThreshold);
  }

  public WriterOptions withAutoCreate(boolean create) {
    return new WriterOptions(
        mirrorSchema, tables, keepChanges, create, schemaEvolution, copyThreshold);
  }

  public WriterOptions withSchemaEvolution(SchemaEvolution evolution) {
    return new WriterOptions(
        mirrorSchema, tables, keepChanges, autoCreate, evolution, copyThreshold);
  }

  public WriterOptions withCopyThreshold(int rows) {
    return new WriterOptions(mirrorSchema, tables, keepChanges, autoCreate, schemaEvolution, rows);
  }

  /** Where a source table is mirrored. */
  public TableId mirrorOf(TableId source) {
    TableId named = tables.get(source);
    return named != null ? named : new TableId(mirrorSchema, source.name());
  }
}
