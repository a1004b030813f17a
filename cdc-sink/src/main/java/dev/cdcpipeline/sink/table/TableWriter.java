package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.binary.EncodedRows;
import dev.cdcpipeline.sink.change.SourceRelation;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.ledger.ReplayTables;
import dev.cdcpipeline.sink.ledger.TableOwners;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.FencedException;
import dev.cdcpipeline.sink.postgres.FlushResult;
import dev.cdcpipeline.sink.postgres.RecordWriteException;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.SqlStates;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TargetTable;
import dev.cdcpipeline.sink.postgres.TargetTransaction;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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
  private final ReplayTables replay;
  private final TableOwners owners;
  private final Map<TablePlan, UpsertRows> writers = new HashMap<>();
  private int plans;
  private long repeats;

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
    this.replay = new ReplayTables(connection, ledger.schema());
    this.owners = new TableOwners(connection, ledger.schema(), ledger.sink());
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
    return plan(table, options, type, keyColumns, null);
  }

  /**
   * The same for records at a place of the source's log, which mirrors need.
   *
   * @param at the first record's LSN; null if that is not known, in other modes than {@link
   *     WriteMode#MIRROR}
   */
  public TablePlan plan(
      TableId table, TableOptions options, RowType type, List<String> keyColumns, Lsn at) {
    try {
      TargetTable target = tables.ready(table, options, type, keyColumns, at);
      boolean mirror = options.mode() == WriteMode.MIRROR;
      TablePlan plan =
          mirror
              ? TablePlan.ofMirror(
                  target, type, keyColumns, tables.dropped(target, type, at), replay, ++plans)
              : TablePlan.of(target, options, type, keyColumns, ++plans);
      if (plan.layout().isKeyed() || plan.sql().copyDirect == null) {
        try (Statement statement = connection.createStatement()) {
          statement.execute(plan.sql().createStage);
        }
      }
      connection.commit();
      writers.put(
          plan,
          mirror
              ? new OrderedRows(connection, plan, copyThreshold, shared)
              : new UpsertRows(connection, plan, copyThreshold, shared));
      return plan;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("prepare table " + table, e);
    } catch (RuntimeException e) {
      TargetTransaction.rollback(connection);
      throw e;
    }
  }

  /**
   * Makes a table this sink's mirror of a source table, in a transaction of its own between two
   * flushes; needed before anything is written to it in mode {@link WriteMode#MIRROR}.
   *
   * @param topic that names the mirror, null where its source table does
   * @param relation what the source has under the table's name; empty if that is not known
   * @throws FatalWriteException it is another sink's or another table's, or is gone
   * @throws TransientWriteException the target is away
   */
  public void claimMirror(
      TableId mirror, TableId source, String topic, Optional<SourceRelation> relation) {
    try {
      owners.claimMirror(mirror, source, topic);
      if (relation.isPresent()) {
        owners.checkRelation(mirror, source, relation.get());
      }
      if (!tables.exists(mirror)) {
        owners.checkNeverMade(mirror);
      }
      connection.commit();
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("claim " + mirror, e);
    } catch (FatalWriteException e) {
      TargetTransaction.rollback(connection);
      throw e;
    }
  }

  /**
   * Forgets of which relation a mirror is, in a transaction of its own between two flushes: what
   * comes is a snapshot of the table that has its name now.
   *
   * @throws TransientWriteException the target is away
   */
  public void forgetRelation(TableId mirror) {
    try {
      owners.forgetRelation(mirror);
      connection.commit();
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("forget the relation of " + mirror, e);
    }
  }

  /**
   * Makes sure that these mirrors, as far as they have owners, are this sink's, and that every
   * mirror that the sink has made is there.
   *
   * @throws FatalWriteException one is not
   * @throws TransientWriteException the target is away
   */
  public void checkMirrors(Collection<TableId> mirrors) {
    try {
      owners.checkPresent();
      for (TableId mirror : mirrors) {
        owners.checkMirror(mirror);
      }
      connection.commit();
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("look up the owners of mirrors", e);
    } catch (FatalWriteException e) {
      TargetTransaction.rollback(connection);
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
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("look for table " + table, e);
    }
  }

  /**
   * Forgets keys of mirrors that were deleted longer ago than the horizon, in a transaction of its
   * own between two flushes.
   *
   * @return how many; there may be more
   * @throws TransientWriteException the target is away
   */
  public int forgetDeletedKeys(Duration horizon) {
    try {
      int forgotten = replay.forgetDeleted(horizon);
      connection.commit();
      return forgotten;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("forget deleted keys", e);
    }
  }

  /** Changes of the last batch written that were older than what is stored, and changed nothing. */
  public long repeats() {
    return repeats;
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
        List<Refusal<O>> refused = new ArrayList<>(batch.refused());
        repeats = batch.repeats();
        long written = 0;
        for (TableId table : batch.tableIds()) {
          written += begin(table, batch, false);
          for (TableBatch.Part<O> part : batch.parts(table)) {
            UpsertRows writer = writer(part);
            written += writer.write(part.rows());
            refused.addAll(unwritable(writer, part.rows()));
          }
        }
        return commit(batch, offsets, refusals, refused, written);
      } catch (SQLException e) {
        if (!UpsertRows.isOfSomeRows(e)) {
          throw e;
        }
        connection.rollback();
        return writeWhatTheTargetTakes(batch, offsets, refusals);
      }
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw owners.explained("write %d records to %s".formatted(batch.size(), names(batch)), e);
    } catch (RuntimeException e) {
      TargetTransaction.rollback(connection);
      throw e;
    }
  }

  private FlushResult writeWhatTheTargetTakes(
      TableBatch<O> batch, List<OffsetUpdate> offsets, Refusals<O> refusals) throws SQLException {
    List<Refusal<O>> refused = new ArrayList<>(batch.refused());
    repeats = batch.repeats();
    long written = 0;
    for (TableId table : batch.tableIds()) {
      written += begin(table, batch, true);
      for (TableBatch.Part<O> part : batch.parts(table)) {
        UpsertRows writer = writer(part);
        Bisection<O> bisection = new Bisection<>(connection, writer, part.rows(), refused);
        written += bisection.write();
        refused.addAll(unwritable(writer, part.rows()));
      }
    }
    return commit(batch, offsets, refusals, refused, written);
  }

  /** Takes a mirror's lock and applies its last TRUNCATE; returns the rows deleted. */
  private long begin(TableId table, TableBatch<O> batch, boolean alone) throws SQLException {
    ReplayPosition truncate = batch.lastTruncates().get(table);
    if (truncate != null) {
      if (shared) {
        String name = SqlIdentifiers.qualified(table.schema(), table.name());
        try (Statement statement = connection.createStatement()) {
          statement.execute(OrderedSql.lock("pg_advisory_xact_lock", name));
        }
      }
      return replay.truncate(table, truncate);
    }
    List<TableBatch.Part<O>> parts = batch.parts(table);
    if (writer(parts.get(0)) instanceof OrderedRows writer) {
      writer.lock(alone || parts.size() > 1 || !writer.isOneStatement(parts.get(0).rows()));
    }
    return 0;
  }

  private List<Refusal<O>> unwritable(UpsertRows writer, EncodedRows<O> rows) {
    if (!(writer instanceof OrderedRows mirror)) {
      return List.of();
    }
    repeats += mirror.takeRepeats();
    List<Refusal<O>> refused = new ArrayList<>();
    for (int change : mirror.takeUnwritable(rows)) {
      String columns =
          rows.kept(change).stream()
              .mapToObj(i -> writer.plan().layout().columns().get(i).name())
              .collect(Collectors.joining(", "));
      String message =
          "cannot write a row of %s: the change lacks the unchanged TOASTed value of %s, and no stored row has it; set REPLICA IDENTITY FULL on the source table, or take a snapshot of it again"
              .formatted(writer.plan(), columns);
      refused.add(
          new Refusal<>(
              rows.origin(change), message, new RecordWriteException(message, null, null, null)));
    }
    return refused;
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

  private UpsertRows writer(TableBatch.Part<O> part) {
    UpsertRows writer = writers.get(part.plan());
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
    writers.values().forEach(UpsertRows::close);
    writers.clear();
  }
}
