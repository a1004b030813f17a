package dev.cdcpipeline.sink.connect.metrics;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.postgres.FlushResult;
import dev.cdcpipeline.sink.transaction.AssemblerCounters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Counts what is staged, and tells the metrics when, and only when, it is committed. Not
 * thread-safe; one per pipeline.
 */
public final class FlushTally {
  private final SinkMetrics metrics;
  private final Map<Operation, Long> changes = new EnumMap<>(Operation.class);
  private final List<Long> commitTimes = new ArrayList<>();
  private long begun;
  private long repeats;

  public FlushTally(SinkMetrics metrics) {
    this.metrics = metrics;
  }

  /** Rows are at the writer. */
  public void staged(List<RowChange> rows) {
    begin();
    for (RowChange row : rows) {
      changes.merge(row.operation(), 1L, Long::sum);
    }
  }

  /** A source transaction is staged to its end. */
  public void endOfTransaction(long commitTimeMicros) {
    begin();
    commitTimes.add(commitTimeMicros);
  }

  /** All that is staged is visible. */
  public void committed(FlushResult result) {
    finish(result.changes(), result.rowsWritten());
  }

  /** Rows of a snapshot are committed where no reader sees them yet. */
  public void loaded(long rows) {
    finish(rows, 0);
  }

  private void begin() {
    if (begun == 0) {
      begun = System.nanoTime();
    }
  }

  private void finish(long changesInIt, long rowsWritten) {
    begin();
    metrics.flushed(changesInIt, rowsWritten, Duration.ofNanos(System.nanoTime() - begun));
    changes.forEach(metrics::applied);
    commitTimes.forEach(metrics::visible);
    changes.clear();
    commitTimes.clear();
    begun = 0;
  }

  /** What the source connector promises after a restart. */
  public void delivers(boolean wholeTransactions) {
    metrics.delivers(wholeTransactions);
  }

  /** What the assembler holds after a poll. */
  public void holds(AssemblerCounters counters) {
    metrics.holds(counters.openTransactions(), counters.bufferedBytes(), counters.spilledBytes());
    long seen = counters.repeatedChanges() + counters.repeatedTransactions();
    metrics.droppedRepeats(seen - repeats);
    repeats = seen;
  }
}
