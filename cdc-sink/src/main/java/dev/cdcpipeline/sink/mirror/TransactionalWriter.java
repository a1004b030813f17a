package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.sink.change.ChangeSize;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.SourceRelation;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.ledger.SnapshotProgress;
import dev.cdcpipeline.sink.ledger.SnapshotRegister;
import dev.cdcpipeline.sink.ledger.TableOwners;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.FencedException;
import dev.cdcpipeline.sink.postgres.FlushResult;
import dev.cdcpipeline.sink.postgres.RecordWriteException;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TargetTable;
import dev.cdcpipeline.sink.postgres.TargetTransaction;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import dev.cdcpipeline.sink.postgres.WriteException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Writes whole source transactions to their mirrors: rows, what {@link FlushListener}s make of
 * them, ledger and position become visible in one commit, or none of them.
 *
 * <p>Valid: {@code (stage+ endOfTransaction)+ commit}, again and again; {@code stage} several times
 * for one source transaction that is too large for memory. {@code (loadSnapshot* completeSnapshot)}
 * between two flushes. After an exception everything staged is forgotten and rolled back. Invalid:
 * {@code loadSnapshot} or {@code completeSnapshot} while something is staged.
 *
 * <p>Writing the same changes twice changes nothing. Not thread-safe; one writer per task, on a
 * connection of its own.
 */
public final class TransactionalWriter implements AutoCloseable {
  // arrays hold each value several times over; COPY sends it in pieces
  private static final long LARGE_BYTES = 1 << 20;

  private final Connection connection;
  private final OffsetLedger ledger;
  private final WriterOptions options;
  private final List<FlushListener> listeners;
  private final MirrorTables tables;
  private final TableOwners owners;
  private final SnapshotRegister register;
  private final SnapshotTables snapshots;
  private final Map<TableId, StagedMirror> mirrors = new LinkedHashMap<>();
  private final Map<TableId, TableFlush> flush = new TreeMap<>();
  private final Map<TableId, Integer> numbers = new HashMap<>();
  private boolean opened;
  private long ordinal;
  private long segment = 1;
  private long inMemory;
  private long bytesInMemory;
  private boolean copying;

  /**
   * A writer without tables yet: they are looked at when their first change comes.
   *
   * @param connection from {@link TargetSession#open}; the writer commits and rolls back on it
   * @param ledger of the same connection, with its partitions and position claimed
   * @param listeners take part in every flush, in this order
   */
  public TransactionalWriter(
      Connection connection,
      OffsetLedger ledger,
      WriterOptions options,
      List<FlushListener> listeners) {
    this.connection = connection;
    this.ledger = ledger;
    this.options = options;
    this.listeners = List.copyOf(listeners);
    this.tables = new MirrorTables(connection, options, ledger.schema(), ledger.sink());
    this.owners = new TableOwners(connection, ledger.schema(), ledger.sink());
    this.register = new SnapshotRegister(connection, ledger.schema(), ledger.sink());
    this.snapshots = new SnapshotTables(connection, register);
  }

  /**
   * Makes sure that the mirrors of these source tables, as far as they have owners, are this
   * sink's.
   *
   * @throws FatalWriteException one is not
   */
  public void checkOwned(Collection<TableId> sources) {
    guarded(
        "look up the owners of mirrors",
        () -> {
          for (TableId source : sources) {
            owners.checkMirror(options.mirrorOf(source));
          }
          connection.commit();
          return null;
        });
  }

  /**
   * Makes sure that the mirror of a source table is of this relation and its columns; before
   * anything is staged.
   *
   * @throws FatalWriteException its rows are another's, or values of a column
   */
  public void checkRelation(TableId source, SourceRelation relation) {
    requireNothingStaged();
    guarded(
        "look up the relation of " + source,
        () -> {
          open();
          TableId mirror = options.mirrorOf(source);
          owners.claimMirror(mirror, source, null);
          owners.checkRelation(mirror, source, relation);
          connection.commit();
          return null;
        });
  }

  /**
   * Takes the next changes in commit order, of one source transaction or a part of one.
   *
   * <p>They are kept in memory until {@link #commit}; from {@link WriterOptions#chunkRows} or
   * {@link WriterOptions#chunkBytes} on they go to the target at once, so that memory holds as
   * many, one call's changes, and no more. A call must not end between the two halves of a key
   * change.
   *
   * @throws WriteException everything staged is rolled back and forgotten
   */
  public void stage(List<RowChange> changes) {
    guarded(
        "stage " + changes.size() + " changes",
        () -> {
          open();
          for (RowChange change : changes) {
            // one by one: rows before a column's appearance get its default, those behind do not
            prepareTable(change);
            stageChange(change);
          }
          if (inMemory >= options.chunkRows() || bytesInMemory >= options.chunkBytes()) {
            copying = true;
            stageChunks();
          }
          return null;
        });
  }

  /** What is staged next belongs to another source transaction. */
  public void endOfTransaction() {
    segment++;
  }

  /** Whether anything is staged. */
  public boolean hasStaged() {
    return !flush.isEmpty();
  }

  /**
   * Makes what is staged visible, together with the offsets and the position that it reaches.
   *
   * @param offsets how far the flush takes the partitions; none twice
   * @param position the source commit that the target then equals, empty to leave it
   * @return what was written
   * @throws TransientWriteException rolled back, or, if the connection was lost in the commit
   *     itself, perhaps committed: the ledger knows
   * @throws RecordWriteException rolled back; the target refuses a row for good
   * @throws FencedException rolled back; another task has taken over
   */
  public FlushResult commit(List<OffsetUpdate> offsets, Optional<AppliedPosition> position) {
    FlushResult result =
        guarded(
            "write " + ordinal + " changes to " + flush.keySet(),
            () -> {
              // a transaction without changes of these tables may be the first of all
              open();
              copying |= inMemory >= options.copyThreshold() || bytesInMemory >= LARGE_BYTES;
              return copying
                  ? commitLarge(offsets, position, false)
                  : commitSmall(offsets, position);
            });
    idleIfWanted();
    return result;
  }

  /** Rolls back and forgets what is staged. */
  public void rollback() {
    TargetTransaction.rollback(connection);
    forget();
  }

  /**
   * Takes rows of a snapshot, of any tables, and keeps them where no reader sees them; one target
   * transaction with its offsets. A row read again replaces itself. A TRUNCATE announces a table,
   * which may have no row.
   *
   * @param lsn which snapshot; rows of another one than before replace all that was loaded
   * @param lastRowSeen whether the snapshot's last row is among the rows
   * @throws WriteException nothing of the call is kept
   */
  public void loadSnapshot(
      Lsn lsn, boolean lastRowSeen, List<RowChange> rows, List<OffsetUpdate> offsets) {
    requireNothingStaged();
    guarded(
        "load " + rows.size() + " snapshot rows",
        () -> {
          open();
          for (RowChange row : rows) {
            prepareTable(row);
            if (row.operation() == Operation.TRUNCATE) {
              flushOf(row.table());
            } else {
              stageChange(row);
            }
          }
          register.begin(lsn, lastRowSeen);
          for (TableFlush table : flush.values()) {
            snapshots.load(table);
          }
          ledger.advance(offsets, Optional.empty());
          connection.commit();
          forget();
          return null;
        });
  }

  /**
   * The snapshot that is being loaded and not yet visible; empty if none is under way. Survives
   * restarts.
   *
   * @throws TransientWriteException the target is away
   */
  public Optional<SnapshotProgress> snapshot() {
    return guarded(
        "read the snapshot's progress",
        () -> {
          Optional<SnapshotProgress> progress = register.progress();
          connection.commit();
          return progress;
        });
  }

  /**
   * Makes the loaded snapshot visible: every mirror of a loaded table then equals it. Listeners see
   * the difference only.
   *
   * @throws WriteException rolled back; the loaded rows are still there, call again
   */
  public FlushResult completeSnapshot(
      List<OffsetUpdate> offsets, Optional<AppliedPosition> position) {
    requireNothingStaged();
    FlushResult result =
        guarded(
            "make the snapshot visible",
            () -> {
              open();
              copying = true;
              for (SnapshotRegister.Loading loading : register.loaded()) {
                StagedMirror mirror = mirrors.get(loading.source());
                if (mirror == null) {
                  mirror = createMirror(loading.source(), found(loading.source()), loading.keys());
                }
                TableFlush table = new TableFlush(mirror, wantsChanges(loading.source()));
                flush.put(loading.source(), table);
                owners.forgetRelation(options.mirrorOf(loading.source()));
                ordinal += snapshots.stageDifference(loading, table, ordinal, position);
              }
              return commitLarge(offsets, position, true);
            });
    idleIfWanted();
    return result;
  }

  /**
   * Records what the source connector promises after a restart, for those who watch the pipeline;
   * one target transaction.
   *
   * @param delivery {@code whole-transactions} or {@code unknown}
   * @throws WriteException nothing is recorded
   */
  public void noteDelivery(String delivery) {
    requireNothingStaged();
    guarded(
        "record how the source connector delivers",
        () -> {
          ledger.noteDelivery(delivery);
          connection.commit();
          return null;
        });
  }

  /**
   * Lets the listeners do what has to be done without a flush; for times when there is none.
   *
   * @throws WriteException their work is rolled back
   */
  public void idle() {
    requireNothingStaged();
    guarded(
        "let the results idle",
        () -> {
          open();
          idleListeners();
          return null;
        });
    idleIfWanted();
  }

  private void idleIfWanted() {
    while (listeners.stream().anyMatch(FlushListener::wantsIdle)) {
      guarded(
          "change the results",
          () -> {
            idleListeners();
            return null;
          });
    }
  }

  private void idleListeners() throws SQLException {
    for (FlushListener listener : listeners) {
      listener.idle(connection);
    }
    connection.commit();
  }

  /** Closes prepared statements; the connection is the caller's. */
  @Override
  public void close() {
    for (StagedMirror mirror : mirrors.values()) {
      closeQuietly(mirror);
    }
    mirrors.clear();
    forget();
  }

  private void open() throws SQLException {
    if (!opened) {
      owners.checkPresent();
      for (FlushListener listener : listeners) {
        listener.opened(connection);
      }
      connection.commit();
      while (listeners.stream().anyMatch(FlushListener::wantsIdle)) {
        idleListeners();
      }
      opened = true;
    }
  }

  private TargetTable found(TableId source) throws SQLException {
    return tables
        .find(source)
        .orElseThrow(() -> new FatalWriteException("the mirror of " + source + " is gone"));
  }

  private boolean wantsChanges(TableId table) {
    return options.keepChanges().contains(table)
        || listeners.stream().anyMatch(listener -> listener.wantsChanges(table));
  }

  private void stageChange(RowChange change) throws SQLException {
    if (!mirrors.containsKey(change.table())) {
      return; // a truncate of a table that was never mirrored
    }
    TableFlush table = flushOf(change.table());
    if (change.operation() == Operation.TRUNCATE) {
      copying = true;
      ordinal += 1 + new LargeStage(connection, table).truncate(change, ordinal, segment);
      return;
    }
    table.add(change.before() == null ? change : identified(change, table), ++ordinal, segment);
    inMemory++;
    bytesInMemory += ChangeSize.of(change);
  }

  private TableFlush flushOf(TableId source) {
    return flush.computeIfAbsent(source, id -> new TableFlush(mirrors.get(id), wantsChanges(id)));
  }

  // the row may be one of this flush: what is in memory goes where it can be looked up
  private RowChange identified(RowChange change, TableFlush table) throws SQLException {
    if (table.hasChunk()) {
      copying = true;
      new LargeStage(connection, table).stageChunk();
    }
    return new EqualRow(table).identified(change);
  }

  private void stageChunks() throws SQLException {
    for (TableFlush table : flush.values()) {
      if (table.hasChunk()) {
        new LargeStage(connection, table).stageChunk();
      }
    }
    inMemory = 0;
    bytesInMemory = 0;
  }

  private FlushResult commitSmall(List<OffsetUpdate> offsets, Optional<AppliedPosition> position)
      throws SQLException {
    List<SmallStage> stages = new ArrayList<>(flush.size());
    for (TableFlush table : flush.values()) {
      SmallStage stage = new SmallStage(table);
      stage.stage();
      table.forgetUnchangedReads();
      stages.add(stage);
    }
    FlushView view = view(false, position);
    before(view);
    long written = 0;
    for (SmallStage stage : stages) {
      written += stage.write();
    }
    after(view);
    return finish(offsets, position, written);
  }

  private FlushResult commitLarge(
      List<OffsetUpdate> offsets, Optional<AppliedPosition> position, boolean snapshot)
      throws SQLException {
    stageChunks();
    List<LargeStage> stages = new ArrayList<>(flush.size());
    for (TableFlush table : flush.values()) {
      LargeStage stage = new LargeStage(connection, table);
      stage.complete();
      table.forgetUnchangedReads();
      stages.add(stage);
    }
    FlushView view = view(snapshot, position);
    before(view);
    long written = 0;
    for (LargeStage stage : stages) {
      written += stage.write();
    }
    after(view);
    if (snapshot) {
      register.drop();
    }
    return finish(offsets, position, written);
  }

  private FlushResult finish(
      List<OffsetUpdate> offsets, Optional<AppliedPosition> position, long written)
      throws SQLException {
    ledger.advance(offsets, position);
    connection.commit();
    long keys = flush.values().stream().mapToLong(TableFlush::keys).sum();
    FlushResult result = new FlushResult(ordinal, keys, written, copying);
    resetRelations();
    forget();
    return result;
  }

  // after the commit, so that no reader waits for it
  private void resetRelations() throws SQLException {
    boolean reset = false;
    for (TableFlush table : flush.values()) {
      if (table.mirror().used(table.stagedRows()) || copying) {
        table.mirror().reset();
        reset = true;
      }
    }
    if (reset) {
      connection.commit();
    }
  }

  private FlushView view(boolean snapshot, Optional<AppliedPosition> position) {
    List<StagedTable> staged = new ArrayList<>(flush.size());
    for (TableFlush table : flush.values()) {
      staged.add(table.view());
    }
    Lsn reached = position.map(AppliedPosition::commitLsn).orElse(new Lsn(0));
    long commitTime = position.map(AppliedPosition::commitTimeMicros).orElse(0L);
    return new FlushView(connection, List.copyOf(staged), snapshot, reached, commitTime);
  }

  private void before(FlushView view) throws SQLException {
    for (FlushListener listener : listeners) {
      listener.beforeRows(view);
    }
  }

  private void after(FlushView view) throws SQLException {
    for (FlushListener listener : listeners) {
      listener.afterRows(view);
    }
  }

  // DDL is committed at once, as no transaction may lock two tables against readers: one that has
  // read the second and wants the first would wait for it for ever. What a large flush has staged
  // by then is in temporary tables, which are made again after a failure.
  private void prepareTable(RowChange change) throws SQLException {
    StagedMirror mirror = mirrors.get(change.table());
    boolean changed = false;
    if (change.row() == null) {
      changed = mirror == null && prepareTruncate(change);
    } else if (mirror == null
        || !mirror.knows(change.row().type())
        || !mirror.isKeyedBy(change.keyColumns())) {
      prepare(change, mirror);
      changed = true;
    }
    if (changed) {
      connection.commit();
    }
  }

  // a truncate has no key and no row: what is known of its table is what the target has
  private boolean prepareTruncate(RowChange change) throws SQLException {
    Optional<TargetTable> table = tables.find(change.table());
    if (table.isPresent() && !table.get().uniqueKeys().isEmpty()) {
      List<String> key = List.copyOf(table.get().uniqueKeys().get(0));
      createMirror(change.table(), table.get(), key);
      return true;
    }
    return false;
  }

  private void prepare(RowChange change, StagedMirror former) throws SQLException {
    TargetTable table =
        tables.ready(
            change.table(), change.row().type(), change.keyColumns(), change.position().lsn());
    StagedMirror mirror = former;
    if (former != null && !former.isKeyedBy(change.keyColumns())) {
      if (flush.containsKey(change.table())) {
        throw new FatalWriteException(
            "cannot write changes of %s: its key became (%s) within one transaction, behind changes by the former; start the sink over (docs/start-over.md)"
                .formatted(change.table(), String.join(", ", change.keyColumns())));
      }
      former.close();
      mirror = null;
    }
    if (mirror == null) {
      mirror = createMirror(change.table(), table, change.keyColumns());
    } else if (!former.matches(table)) {
      TableFlush begun = flush.get(change.table());
      if (begun != null && begun.hasChunk()) {
        // the rows of before are staged as they are, so that they get a new column's default
        copying = true;
        new LargeStage(connection, begun).stageChunk();
      }
      mirror =
          StagedMirror.altered(
              connection, former, table, change.row().type(), numbers.get(change.table()));
      mirrors.put(change.table(), mirror);
      former.close();
      if (begun != null) {
        begun.altered(mirror);
      }
    }
    mirror.encoder(change.row().type());
  }

  private StagedMirror createMirror(TableId source, TargetTable table, List<String> keyColumns)
      throws SQLException {
    StagedMirror mirror =
        StagedMirror.create(
            connection,
            source,
            table,
            keyColumns,
            numbers.computeIfAbsent(source, id -> numbers.size() + 1));
    mirrors.put(source, mirror);
    return mirror;
  }

  private void requireNothingStaged() {
    if (hasStaged()) {
      throw new IllegalStateException("a snapshot can't be loaded while changes are staged");
    }
  }

  private void forget() {
    flush.clear();
    ordinal = 0;
    segment = 1;
    inMemory = 0;
    bytesInMemory = 0;
    copying = false;
  }

  private interface Work<T> {
    T run() throws SQLException;
  }

  private <T> T guarded(String doing, Work<T> work) {
    try {
      return work.run();
    } catch (SQLException e) {
      rollback();
      dropMirrors();
      throw owners.explained(doing, e);
    } catch (RuntimeException e) {
      rollback();
      dropMirrors();
      throw e;
    }
  }

  // the temporary relations may have been rolled back with the rest
  private void dropMirrors() {
    mirrors.values().forEach(TransactionalWriter::closeQuietly);
    mirrors.clear();
  }

  private static void closeQuietly(StagedMirror mirror) {
    try {
      mirror.close();
    } catch (SQLException e) {
      // a statement of a broken connection; whoever owns the connection finds out
    }
  }
}
