package dev.cdcpipeline.debezium;

import dev.cdcpipeline.debezium.ExactlyOncePostgresConnectorTask.Pace;
import io.debezium.connector.postgresql.PgSnapshot;
import io.debezium.connector.postgresql.PostgresReadOnlyIncrementalSnapshotContext;
import io.debezium.pipeline.signal.SignalPayload;
import io.debezium.pipeline.signal.actions.snapshotting.SnapshotConfiguration;
import io.debezium.pipeline.source.snapshot.incremental.IncrementalSnapshotChangeEventSource;
import io.debezium.pipeline.source.snapshot.incremental.IncrementalSnapshotContext;
import io.debezium.pipeline.spi.OffsetContext;
import io.debezium.pipeline.spi.Partition;
import io.debezium.spi.schema.DataCollectionId;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Debezium's incremental snapshots, all of whose work is done by the thread that streams, and whose
 * rows never come before a commit that they show.
 *
 * <p>Debezium 3.6 obeys a signal in the thread that received it. The stream's thread uses the same
 * chunk, the same keys and the same database connection meanwhile, so that now and then one of them
 * fails, and the signal or the rest of the table is left out, with a warning in the log. Here a
 * signal waits until the stream's thread is between two transactions.
 *
 * <p>Without a table for signals, Debezium decides by transaction ids when the rows of a chunk are
 * sent. It sends them too early, and reads the next chunk at once, while the stream is behind; for
 * ever if the ids no longer fit 32 bits. Here they are kept, and those whose keys are changed are
 * dropped, until the stream is past a place in the log that was asked for after they were read. So
 * at most one chunk waits, and the snapshot is never faster than the stream.
 *
 * <p>When all tables that a signal named are read, a {@link SnapshotsDone#record} follows their
 * rows.
 */
final class SignalledSnapshots<P extends Partition, T extends DataCollectionId>
    implements IncrementalSnapshotChangeEventSource<P, T> {
  private static final Logger LOG = LoggerFactory.getLogger(SignalledSnapshots.class);
  private static final int UNKNOWN = -1;
  private static final Duration BETWEEN_RETRIES = Duration.ofSeconds(1);

  /** Watermarks between which, or behind which, Debezium finds every transaction. */
  private static final PgSnapshot FIRST = PgSnapshot.valueOf("0:0:");

  private static final PgSnapshot LAST =
      PgSnapshot.valueOf(Long.MAX_VALUE + ":" + Long.MAX_VALUE + ":");

  private final IncrementalSnapshotChangeEventSource<P, T> snapshots;
  private final Out out;
  private final Mark mark;
  private final Thread stream = Thread.currentThread();
  private final Queue<Order> orders = new ConcurrentLinkedQueue<>();
  private final List<Asked> asked = new ArrayList<>();
  private int tablesLeft = UNKNOWN;
  private volatile boolean stopAsked;
  private final Pace retries;
  private boolean inTransaction;
  private long chunkBefore;

  /** Takes records behind those that the stream's thread has written so far. */
  interface Out {
    void write(SourceRecord record) throws InterruptedException;
  }

  /** Asks where the source's log ends, and makes the stream come so far; 0 if it can't be known. */
  interface Mark {
    long write() throws SQLException;
  }

  /**
   * Made by the stream's thread.
   *
   * @param snapshots Debezium's own
   * @param clock nanoseconds, as of {@link System#nanoTime}
   */
  SignalledSnapshots(
      IncrementalSnapshotChangeEventSource<P, T> snapshots,
      Out out,
      Mark mark,
      LongSupplier clock) {
    this.snapshots = snapshots;
    this.out = out;
    this.mark = mark;
    this.retries = new Pace(BETWEEN_RETRIES, clock);
  }

  @Override
  public void init(P partition, OffsetContext offset) {
    snapshots.init(partition, offset);
  }

  @Override
  public void addDataCollectionNamesToSnapshot(
      SignalPayload<P> signal, SnapshotConfiguration configuration) throws InterruptedException {
    order(
        () -> {
          snapshots.addDataCollectionNamesToSnapshot(signal, configuration);
          IncrementalSnapshotContext<?> context =
              signal.offsetContext.getIncrementalSnapshotContext();
          tablesLeft = context.dataCollectionsToBeSnapshottedCount();
          if (signal.id != null) {
            asked.add(new Asked(signal.id, tablesLeft));
          }
          finish(signal.partition, signal.offsetContext);
        });
  }

  @Override
  public void requestStopSnapshot(
      P partition, OffsetContext offset, Map<String, Object> additional, List<String> tables) {
    // it only leaves a note for the stream's thread, which reads it with the next chunk
    snapshots.requestStopSnapshot(partition, offset, additional, tables);
    stopAsked = true;
  }

  @Override
  public void pauseSnapshot(P partition, OffsetContext offset) throws InterruptedException {
    order(() -> snapshots.pauseSnapshot(partition, offset));
  }

  @Override
  public void resumeSnapshot(P partition, OffsetContext offset) throws InterruptedException {
    order(() -> snapshots.resumeSnapshot(partition, offset));
  }

  @Override
  public void closeWindow(P partition, String id, OffsetContext offset) {
    // its rows follow the transaction of the signal
    orders.add(() -> snapshots.closeWindow(partition, id, offset));
  }

  @Override
  public void processMessage(P partition, DataCollectionId table, Object key, OffsetContext offset)
      throws InterruptedException {
    IncrementalSnapshotContext<?> context = offset.getIncrementalSnapshotContext();
    if (context instanceof PostgresReadOnlyIncrementalSnapshotContext<?> byIds) {
      keep(byIds);
    }
    if (isTruncateOfChunk(table, key, context, offset)) {
      // what was read of the table is read again
      snapshots.processSchemaChange(partition, offset, table);
    } else if (!(context instanceof PostgresReadOnlyIncrementalSnapshotContext<?> byIds)
        || isChunkKept(byIds)) {
      snapshots.processMessage(partition, table, key, offset);
    }
    look(partition, offset);
  }

  @Override
  public void processFilteredEvent(P partition, OffsetContext offset) throws InterruptedException {
    snapshots.processFilteredEvent(partition, offset);
    look(partition, offset);
  }

  @Override
  public void processTransactionStartedEvent(P partition, OffsetContext offset)
      throws InterruptedException {
    inTransaction = true;
    snapshots.processTransactionStartedEvent(partition, offset);
    look(partition, offset);
  }

  @Override
  public void processTransactionCommittedEvent(P partition, OffsetContext offset)
      throws InterruptedException {
    inTransaction = false;
    if (offset.getIncrementalSnapshotContext()
        instanceof PostgresReadOnlyIncrementalSnapshotContext<?> byIds) {
      goOn(byIds, partition, offset);
    } else {
      snapshots.processTransactionCommittedEvent(partition, offset);
    }
    obey(partition, offset);
  }

  /** Called when the stream has nothing to do, which may be so within a transaction, too. */
  @Override
  public void processHeartbeat(P partition, OffsetContext offset) throws InterruptedException {
    if (inTransaction) {
      return;
    }
    if (offset.getIncrementalSnapshotContext()
        instanceof PostgresReadOnlyIncrementalSnapshotContext<?> byIds) {
      goOn(byIds, partition, offset);
    } else {
      snapshots.processHeartbeat(partition, offset);
    }
    obey(partition, offset);
  }

  @Override
  public void processSchemaChange(P partition, OffsetContext offset, DataCollectionId table)
      throws InterruptedException {
    snapshots.processSchemaChange(partition, offset, table);
    look(partition, offset);
  }

  private static boolean isTruncateOfChunk(
      DataCollectionId table,
      Object key,
      IncrementalSnapshotContext<?> context,
      OffsetContext offset) {
    return key == null
        && context.snapshotRunning()
        && context.currentDataCollectionId() != null
        && context.currentDataCollectionId().getId().equals(table)
        && RestartOffset.isAtTruncate(offset.getOffset());
  }

  private static boolean isChunkKept(PostgresReadOnlyIncrementalSnapshotContext<?> context) {
    return context.snapshotRunning() && context.getHighWatermark() != null;
  }

  /** Sends the chunk that is kept, if it may be sent, and has the next one read. */
  private void goOn(
      PostgresReadOnlyIncrementalSnapshotContext<?> context, P partition, OffsetContext offset)
      throws InterruptedException {
    if (!context.snapshotRunning()) {
      return;
    }
    keep(context);
    Map<String, ?> position = offset.getOffset();
    boolean waits =
        isChunkKept(context)
            ? chunkBefore == UNKNOWN || RestartOffset.lsn(position) < chunkBefore
            : context.isSnapshotPaused() && !stopAsked;
    // before its first event the stream has no transaction, which Debezium asks for
    if (!waits && RestartOffset.hasTransaction(position)) {
      stopAsked = false;
      context.setLowWatermark(FIRST);
      context.setHighWatermark(FIRST);
      snapshots.processMessage(partition, null, null, offset);
    }
  }

  /** If a chunk has been read, has it kept until the stream is past the end of the log. */
  private void keep(PostgresReadOnlyIncrementalSnapshotContext<?> context) {
    if (!isChunkKept(context)) {
      return;
    }
    boolean isAskedFor = LAST.equals(context.getHighWatermark());
    if (isAskedFor && (chunkBefore != UNKNOWN || !retries.isDue())) {
      return;
    }
    context.setLowWatermark(FIRST);
    context.setHighWatermark(LAST);
    try {
      chunkBefore = mark.write();
    } catch (SQLException e) {
      chunkBefore = UNKNOWN;
      // the stream has the same trouble
      LOG.warn(
          "source connector: cannot ask for the end of the source's log, which rows of the"
              + " incremental snapshot wait for; it is tried again: {}",
          e.getMessage());
    }
  }

  private void order(Order order) throws InterruptedException {
    if (Thread.currentThread() == stream) {
      order.obey();
    } else {
      orders.add(order);
    }
  }

  private void obey(P partition, OffsetContext offset) throws InterruptedException {
    look(partition, offset);
    for (Order order = orders.poll(); order != null; order = orders.poll()) {
      try {
        order.obey();
      } catch (RuntimeException e) {
        // as Debezium does: the stream is worth more than a snapshot that can be asked for again
        LOG.warn("source connector: a signal was not obeyed, send it again: {}", e.toString(), e);
      }
      look(partition, offset);
    }
  }

  /** Looks whether a chunk has been read, and whether tables have been finished. */
  private void look(P partition, OffsetContext offset) throws InterruptedException {
    IncrementalSnapshotContext<?> context = offset.getIncrementalSnapshotContext();
    if (context instanceof PostgresReadOnlyIncrementalSnapshotContext<?> byIds) {
      keep(byIds);
    }
    int left = context.dataCollectionsToBeSnapshottedCount();
    if (left == tablesLeft) {
      return;
    }
    if (tablesLeft == UNKNOWN && context.getCorrelationId() != null) {
      // it goes on from a stored offset, which knows the last of the signals
      asked.add(new Asked(context.getCorrelationId(), left));
    } else if (tablesLeft != UNKNOWN) {
      // those of a signal that failed half way are behind all others
      int finished = Math.max(0, tablesLeft - left);
      asked.replaceAll(each -> new Asked(each.id, each.tables - finished));
    }
    tablesLeft = left;
    finish(partition, offset);
  }

  private void finish(P partition, OffsetContext offset) throws InterruptedException {
    for (Iterator<Asked> all = asked.iterator(); all.hasNext(); ) {
      Asked next = all.next();
      if (next.tables <= 0) {
        all.remove();
        out.write(SnapshotsDone.record(next.id, partition.getSourcePartition(), offset));
      }
    }
  }

  /** What a signal says, for the stream's thread. */
  private interface Order {
    void obey() throws InterruptedException;
  }

  /**
   * A signal that is not finished.
   *
   * @param tables how many are read until its last one is, with those of signals before it
   */
  private record Asked(String id, int tables) {}
}
