package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.MirrorSchema;
import dev.cdcpipeline.sink.postgres.SchemaEvolution;
import java.util.Map;
import java.util.Set;

/**
 * How a {@link TransactionalWriter} writes.
 *
 * @param mirrorSchema schema of the mirrors, unquoted; {@link MirrorSchema#SOURCE_SCHEMA} in it is
 *     the source table's
 * @param tables the mirrors of source tables that are not called like their source; for example one
 *     of two tables that share a name in two schemas
 * @param keepChanges source tables whose every change the {@link FlushListener}s see, one complete
 *     row each
 * @param autoCreate whether a missing mirror is created from the source's columns
 * @param schemaEvolution what may be done to a mirror when its source changes
 * @param copyThreshold rows in a flush from which on it is staged by {@code COPY} instead of arrays
 * @param chunkRows rows of a flush in memory from which on they go to the target: each chunk but
 *     the first costs a handful of statements to merge with those before
 * @param chunkBytes the same for their size, about
 */
public record WriterOptions(
    String mirrorSchema,
    Map<TableId, TableId> tables,
    Set<TableId> keepChanges,
    boolean autoCreate,
    SchemaEvolution schemaEvolution,
    int copyThreshold,
    int chunkRows,
    long chunkBytes) {

  public WriterOptions {
    tables = Map.copyOf(tables);
    keepChanges = Set.copyOf(keepChanges);
    if (copyThreshold < 1) {
      throw new IllegalArgumentException("copy.threshold must be at least 1, was " + copyThreshold);
    }
    if (chunkRows < 1) {
      throw new IllegalArgumentException("chunk.rows must be at least 1, was " + chunkRows);
    }
    if (chunkBytes < 1) {
      throw new IllegalArgumentException("chunk.bytes must be at least 1, was " + chunkBytes);
    }
  }

  /** Schema mirror, no changes kept, mirrors created and evolved. */
  public static WriterOptions defaults() {
    return new WriterOptions(
        "mirror", Map.of(), Set.of(), true, SchemaEvolution.EVOLVE, 500, 20_000, 16L << 20);
  }

  public WriterOptions withMirrorSchema(String schema) {
    return new WriterOptions(
        schema,
        tables,
        keepChanges,
        autoCreate,
        schemaEvolution,
        copyThreshold,
        chunkRows,
        chunkBytes);
  }

  public WriterOptions withTables(Map<TableId, TableId> mirrors) {
    return new WriterOptions(
        mirrorSchema,
        mirrors,
        keepChanges,
        autoCreate,
        schemaEvolution,
        copyThreshold,
        chunkRows,
        chunkBytes);
  }

  public WriterOptions withKeepChanges(Set<TableId> sources) {
    return new WriterOptions(
        mirrorSchema,
        tables,
        sources,
        autoCreate,
        schemaEvolution,
        copyThreshold,
        chunkRows,
        chunkBytes);
  }

  public WriterOptions withAutoCreate(boolean create) {
    return new WriterOptions(
        mirrorSchema,
        tables,
        keepChanges,
        create,
        schemaEvolution,
        copyThreshold,
        chunkRows,
        chunkBytes);
  }

  public WriterOptions withSchemaEvolution(SchemaEvolution evolution) {
    return new WriterOptions(
        mirrorSchema,
        tables,
        keepChanges,
        autoCreate,
        evolution,
        copyThreshold,
        chunkRows,
        chunkBytes);
  }

  public WriterOptions withCopyThreshold(int rows) {
    return new WriterOptions(
        mirrorSchema,
        tables,
        keepChanges,
        autoCreate,
        schemaEvolution,
        rows,
        chunkRows,
        chunkBytes);
  }

  public WriterOptions withChunkRows(int rows) {
    return new WriterOptions(
        mirrorSchema,
        tables,
        keepChanges,
        autoCreate,
        schemaEvolution,
        copyThreshold,
        rows,
        chunkBytes);
  }

  public WriterOptions withChunkBytes(long bytes) {
    return new WriterOptions(
        mirrorSchema,
        tables,
        keepChanges,
        autoCreate,
        schemaEvolution,
        copyThreshold,
        chunkRows,
        bytes);
  }

  /** Where a source table is mirrored. */
  public TableId mirrorOf(TableId source) {
    TableId named = tables.get(source);
    return named != null ? named : MirrorSchema.mirrorOf(source, mirrorSchema);
  }
}
