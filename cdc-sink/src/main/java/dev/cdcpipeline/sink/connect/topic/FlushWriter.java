package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.change.SourceRelation;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.postgres.FlushResult;
import dev.cdcpipeline.sink.table.TableBatch;
import dev.cdcpipeline.sink.table.TableOptions;
import dev.cdcpipeline.sink.table.TablePlan;
import dev.cdcpipeline.sink.table.TableWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one flush on a thread of its own while the next one is prepared. Everything that uses the
 * connection runs there, one after the other. Used by one thread.
 */
final class FlushWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlushWriter.class);
  private static final long PATIENCE_SECONDS = 4;

  /**
   * A flush that is committed.
   *
   * @param refused records of it that are with the dead letters
   * @param repeats changes of it that later ones had overtaken
   */
  record Written(FlushResult result, int refused, long repeats, Duration took) {}

  private final Connection connection;
  private final TableWriter<SinkRecord> writer;
  private final DeadLetters deadLetters;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread made = new Thread(work, "cdc-sink-flush");
            made.setDaemon(true);
            return made;
          });
  private Future<Written> writing;

  FlushWriter(Connection connection, TableWriter<SinkRecord> writer, DeadLetters deadLetters) {
    this.connection = connection;
    this.writer = writer;
    this.deadLetters = deadLetters;
  }

  /** Begins to write a flush; the one before must be done. */
  void begin(TableBatch<SinkRecord> batch, List<OffsetUpdate> offsets) {
    writing = thread.submit(() -> write(batch, offsets));
  }

  private Written write(TableBatch<SinkRecord> batch, List<OffsetUpdate> offsets) {
    long begun = System.nanoTime();
    int size = batch.size();
    AtomicInteger reported = new AtomicInteger();
    FlushResult result =
        writer.write(
            batch,
            offsets,
            refused -> {
              reported.set(refused.size());
              deadLetters.report(size, refused);
            });
    if (reported.get() == 0) {
      deadLetters.allWell(size);
    }
    return new Written(
        result, reported.get(), writer.repeats(), Duration.ofNanos(System.nanoTime() - begun));
  }

  /** Whether a flush was begun whose end was not awaited. */
  boolean isWriting() {
    return writing != null;
  }

  /** Whether {@link #await} would return at once. */
  boolean isDone() {
    return writing != null && writing.isDone();
  }

  /**
   * Waits for the flush that was begun.
   *
   * @throws RuntimeException what failed it; it is rolled back
   */
  Written await() {
    Future<Written> awaited = writing;
    writing = null;
    return get(awaited);
  }

  /** A plan for a table; after the flush under way. */
  TablePlan plan(TableId table, TableOptions options, RowType type, List<String> keyColumns) {
    return call(() -> writer.plan(table, options, type, keyColumns));
  }

  /** Makes a table the mirror of a source table; after the flush under way. */
  void claimMirror(
      TableId mirror, TableId source, String topic, Optional<SourceRelation> relation) {
    call(
        () -> {
          writer.claimMirror(mirror, source, topic, relation);
          return null;
        });
  }

  /** Forgets of which relation a mirror is; after the flush under way. */
  void forgetRelation(TableId mirror) {
    call(
        () -> {
          writer.forgetRelation(mirror);
          return null;
        });
  }

  /** A plan for a mirror, for changes from a place of the source's log on. */
  TablePlan plan(
      TableId table, TableOptions options, RowType type, List<String> keyColumns, Lsn at) {
    return call(() -> writer.plan(table, options, type, keyColumns, at));
  }

  /** Forgets keys of mirrors deleted longer ago than this; after the flush under way. */
  int forgetDeletedKeys(Duration horizon) {
    return call(() -> writer.forgetDeletedKeys(horizon));
  }

  /** Whether there is a table of this name; after the flush under way. */
  boolean exists(TableId table) {
    return call(() -> writer.exists(table));
  }

  private <T> T call(Callable<T> work) {
    return get(thread.submit(work));
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("interrupted while a flush was written; nothing is lost", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new ConnectException("cannot write a flush: " + e.getCause(), e.getCause());
    }
  }

  /** Lets a flush that is under way end, but not for long; then the connection is cut. */
  @Override
  public void close() {
    boolean ended = writing == null || ended(writing);
    thread.shutdown();
    try {
      if (ended) {
        writer.close();
        connection.close();
      } else {
        LOG.warn("a flush takes long to end; its connection is cut, and it is rolled back");
        connection.abort(Runnable::run);
      }
    } catch (SQLException e) {
      LOG.debug("closing a broken connection", e);
    }
  }

  private static boolean ended(Future<?> flush) {
    try {
      flush.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      LOG.debug("a flush that nobody waits for failed", e);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }
}
