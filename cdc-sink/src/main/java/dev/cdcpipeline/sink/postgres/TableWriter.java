package dev.cdcpipeline.sink.postgres;

import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes records into any tables, upserting or appending: rows and the offsets they take partitions
 * to become visible in one commit, or none of them.
 *
 * <p>Valid: {@code (plan | write)*}. Writing the same upserts twice changes nothing; appends are
 * written once because their offsets are. Several writers may share tables and keys: each locks
 * tables and rows in one order. Not thread-safe; one writer per task, on a connection of its own.
 *
 * @param <O> what the caller knows a record by
 */
public final class TableWriter<O> implements AutoCloseable {
  private final Connection connection;
  private final OffsetLedger ledger;
  private final TargetTables tables;
  private final int copyThreshold;
  private final boolean shared;
  private final Map<TablePlan, PlanWriter> writers = new HashMap<>();
  private int plans;

  /**
   * A writer without tables yet.
   *
   * @param connection from {@link TargetSession#open}; the writer commits and rolls back on it
   * @param ledger of the same connection, with its partitions claimed
   * @param copyThreshold rows of a table in a flush from which on they go by {@code COPY} instead
   *     of arrays
   * @param shared whether other writers may write the same tables at the same time; then they wait
   *     for each other where they would deadlock
   */
  public TableWriter(
      Connection connection, OffsetLedger ledger, int copyThreshold, boolean shared) {
    if (copyThreshold < 1) {
      throw new IllegalArgumentException("copy.threshold must be at least 1, was " + copyThreshold);
    }
    this.connection = connection;
    this.ledger = ledger;
    this.copyThreshold = copyThreshold;
    this.shared = shared;
    this.tables = new TargetTables(connection, ledger.schema(), ledger.sink());
  }

  /**
   * Looks at a table, creates or evolves it if it must and may be, and says how rows of this type
   * are written. A transaction of its own, between two flushes.
   *
   * @param type the records' columns
   * @param keyColumns those that make the key; empty to append
   * @throws FatalWriteException the table is missing or does not fit; the message says what to do
   * @throws TransientWriteException the target is away; nothing was done
   */
  public TablePlan plan(
      TableId table, TableOptions options, RowType type, List<String> keyColumns) {
    try {
      TargetTable target = tables.ready(table, options, type, keyColumns);
      TablePlan plan = TablePlan.of(target, options, type, keyColumns, ++plans);
      if (plan.sql().copyDirect == null) {
        try (Statement statement = connection.createStatement()) {
          statement.execute(plan.sql().createStage);
        }
      }
      connection.commit();
      writers.put(plan, new PlanWriter(connection, plan, copyThreshold, shared));
      return plan;
    } catch (SQLException e) {
      LedgerSchema.rollback(connection);
      throw SqlStates.classify("prepare table " + table, e);
    } catch (RuntimeException e) {
      LedgerSchema.rollback(connection);
      throw e;
    }
  }

  /**
   * Whether there is a table of this name.
   *
   * @throws TransientWriteException the target is away
   */
  public boolean exists(TableId table) {
    try {
      boolean exists = tables.exists(table);
      connection.commit();
      return exists;
    } catch (SQLException e) {
      LedgerSchema.rollback(connection);
      throw SqlStates.classify("look for table " + table, e);
    }
  }

  /**
   * Writes a batch and advances the ledger in one transaction.
   *
   * <p>A row that the target refuses does not stop the others: it is found by bisection, and the
   * change of its key before it takes its place.
   *
   * @param offsets how far the batch takes the partitions; none twice
   * @param refusals takes the records that can't be written, before the commit
   * @return what was written
   * @throws TransientWriteException rolled back, or, if the connection was lost in the commit
   *     itself, perhaps committed: the ledger knows
   * @throws FencedException rolled back; another task has taken over
   * @throws FatalWriteException rolled back
   */
  public FlushResult write(TableBatch<O> batch, List<OffsetUpdate> offsets, Refusals<O> refusals) {
    try {
      try {
        long written = 0;
        for (List<TableBatch.Part<O>> parts : batch.tables()) {
          for (TableBatch.Part<O> part : parts) {
            written += writer(part).write(part.rows());
          }
        }
        return commit(batch, offsets, refusals, batch.refused(), written);
      } catch (SQLException e) {
        if (!PlanWriter.isOfSomeRows(e)) {
          throw e;
        }
        connection.rollback();
        return writeWhatTheTargetTakes(batch, offsets, refusals);
      }
    } catch (SQLException e) {
      LedgerSchema.rollback(connection);
      throw SqlStates.classify("write %d records to %s".formatted(batch.size(), names(batch)), e);
    } catch (RuntimeException e) {
      LedgerSchema.rollback(connection);
      throw e;
    }
  }

  private FlushResult writeWhatTheTargetTakes(
      TableBatch<O> batch, List<OffsetUpdate> offsets, Refusals<O> refusals) throws SQLException {
    List<Refusal<O>> refused = new ArrayList<>(batch.refused());
    long written = 0;
    for (List<TableBatch.Part<O>> parts : batch.tables()) {
      for (TableBatch.Part<O> part : parts) {
        Bisection<O> bisection = new Bisection<>(connection, writer(part), part.rows(), refused);
        written += bisection.write();
      }
    }
    return commit(batch, offsets, refusals, refused, written);
  }

  private FlushResult commit(
      TableBatch<O> batch,
      List<OffsetUpdate> offsets,
      Refusals<O> refusals,
      List<Refusal<O>> refused,
      long written)
      throws SQLException {
    if (!refused.isEmpty()) {
      refusals.accept(List.copyOf(refused));
    }
    ledger.advance(offsets, Optional.empty());
    connection.commit();
    long keys = 0;
    boolean copied = false;
    for (List<TableBatch.Part<O>> parts : batch.tables()) {
      for (TableBatch.Part<O> part : parts) {
        keys += part.rows().keys();
        copied |= part.rows().keys() >= copyThreshold;
      }
    }
    return new FlushResult(batch.size(), keys, written, copied);
  }

  private PlanWriter writer(TableBatch.Part<O> part) {
    PlanWriter writer = writers.get(part.plan());
    if (writer == null) {
      throw new IllegalArgumentException("the plan of " + part.plan() + " is another writer's");
    }
    return writer;
  }

  private static String names(TableBatch<?> batch) {
    List<String> names = new ArrayList<>();
    batch.tables().forEach(parts -> names.add(parts.get(0).plan().toString()));
    return String.join(", ", names);
  }

  /** Closes prepared statements; the connection is the caller's. */
  @Override
  public void close() {
    writers.values().forEach(PlanWriter::close);
    writers.clear();
  }
}
