package dev.cdcpipeline.sink.connect.metrics;

import dev.cdcpipeline.model.event.Operation;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one task has done and how far it is, from the task's start to its end, whatever pipelines it
 * goes through. Counts are of what is committed. Written by the task's thread, read by any.
 */
public final class SinkMetrics implements AutoCloseable {
  /** Upper bounds of the histogram of latencies, in milliseconds. */
  static final List<Long> LATENCY_BOUNDS_MS =
      List.of(5L, 10L, 25L, 50L, 100L, 250L, 500L, 1_000L, 2_500L, 5_000L, 10_000L, 60_000L);

  private static final String LATENCY = "commit-to-visible";

  private final MetricRegistry registry;
  private final Clock clock;
  private final Map<Operation, LongAdder> changes = new EnumMap<>(Operation.class);
  private final LongAdder rowsWritten = new LongAdder();
  private final LongAdder transactions = new LongAdder();
  private final LongAdder flushes = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder deadLetters = new LongAdder();
  private final LongAdder droppedRepeats = new LongAdder();
  private final RecentValues flushChanges;
  private final RecentValues flushMillis;
  private final RecentValues latency;
  private final Histogram latencies = new Histogram(LATENCY_BOUNDS_MS);
  private final AtomicLong visibleCommitMillis = new AtomicLong();
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicLong bufferedBytes = new AtomicLong();
  private final AtomicLong spilledBytes = new AtomicLong();
  private final AtomicLong unknownDelivery = new AtomicLong();

  public SinkMetrics(MetricRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
    this.flushChanges = new RecentValues(clock);
    this.flushMillis = new RecentValues(clock);
    this.latency = new RecentValues(clock);
    registerChanges();
    registerFlushes();
    registerFaults();
    registerProgress();
    registerLatency();
  }

  private void registerChanges() {
    for (Operation operation : EnumSet.complementOf(EnumSet.of(Operation.MESSAGE))) {
      LongAdder count = new LongAdder();
      changes.put(operation, count);
      registry.add(
          "changes-" + operation.name().toLowerCase(Locale.ROOT) + "-total",
          "Changes of this kind that are committed in the target",
          count::sum);
    }
    registry.add(
        "rows-written-total",
        "Rows inserted, updated or deleted in mirrors or tables; a row that would not change is"
            + " not written",
        rowsWritten::sum);
    registry.add("transactions-total", "Source transactions that are visible", transactions::sum);
  }

  private void registerFlushes() {
    registry.add("flushes-total", "Target transactions committed", flushes::sum);
    registry.add(
        "flush-changes-avg",
        "Changes per flush, average of the last minute",
        flushChanges::average);
    registry.add(
        "flush-changes-max", "Changes per flush, largest of the last minute", flushChanges::max);
    registry.add(
        "flush-time-ms-avg", "Time of a flush, average of the last minute", flushMillis::average);
    registry.add(
        "flush-time-ms-p99",
        "Time of a flush, 99th percentile of the last minute",
        () -> flushMillis.quantile(0.99));
    registry.add(
        "flush-time-ms-max", "Time of a flush, longest of the last minute", flushMillis::max);
  }

  private void registerFaults() {
    registry.add("retries-total", "Passing faults after which the task tried again", retries::sum);
    registry.add("dead-letters-total", "Records that were set aside", deadLetters::sum);
    registry.add(
        "dropped-repeats-total",
        "Changes and transaction markers that were delivered again and not applied again",
        droppedRepeats::sum);
    registry.add(
        "delivery-unknown",
        "1 if the source connector does not deliver whole transactions, so that its restart can"
            + " lose changes; else 0",
        unknownDelivery::get);
  }

  private void registerProgress() {
    registry.add(
        "lag-ms",
        "How long ago the newest visible source transaction was committed while others, already"
            + " read, wait; 0 while none waits",
        this::lagMillis);
    registry.add(
        "waiting-transactions", "Source transactions read and not yet visible", waiting::get);
    registry.add("buffered-bytes", "Encoded changes held in memory", bufferedBytes::get);
    registry.add("spilled-bytes", "Changes held on disk", spilledBytes::get);
  }

  private void registerLatency() {
    for (String[] quantile :
        new String[][] {{"p50", "0.5"}, {"p90", "0.9"}, {"p99", "0.99"}, {"p999", "0.999"}}) {
      double share = Double.parseDouble(quantile[1]);
      registry.add(
          LATENCY + "-ms-" + quantile[0],
          "From commit at the source to visible in the target, this quantile of the last minute",
          () -> latency.quantile(share));
    }
    registry.add(
        LATENCY + "-ms-max",
        "From commit at the source to visible in the target, longest of the last minute",
        latency::max);
    for (int i = 0; i <= LATENCY_BOUNDS_MS.size(); i++) {
      int bound = i;
      boolean last = i == LATENCY_BOUNDS_MS.size();
      registry.add(
          LATENCY + (last ? "-count" : "-le-" + LATENCY_BOUNDS_MS.get(i) + "-ms"),
          last
              ? "Source transactions whose latency was measured"
              : "Source transactions that were visible within this time, cumulative",
          () -> latencies.atMost(bound));
    }
  }

  private long lagMillis() {
    long visible = visibleCommitMillis.get();
    return waiting.get() == 0 || visible == 0 ? 0 : Math.max(0, clock.millis() - visible);
  }

  /** Changes of one kind are committed. */
  public void applied(Operation operation, long count) {
    changes.get(operation).add(count);
  }

  /** A flush is committed. */
  public void flushed(long changesInIt, long rows, Duration took) {
    flushes.increment();
    rowsWritten.add(rows);
    flushChanges.add(changesInIt);
    flushMillis.add(took.toMillis());
  }

  /** A source transaction, or a record of one, with this commit time is visible. */
  public void visible(long commitTimeMicros) {
    long commitMillis = Math.floorDiv(commitTimeMicros, 1_000L);
    long millis = Math.max(0, clock.millis() - commitMillis);
    transactions.increment();
    latency.add(millis);
    latencies.add(millis);
    visibleCommitMillis.set(commitMillis);
  }

  public void retried() {
    retries.increment();
  }

  public void deadLetters(long records) {
    deadLetters.add(records);
  }

  public void droppedRepeats(long records) {
    droppedRepeats.add(records);
  }

  /** What the source connector promises after a restart. */
  public void delivers(boolean wholeTransactions) {
    unknownDelivery.set(wholeTransactions ? 0 : 1);
  }

  /** What is read and not yet visible. */
  public void holds(long openTransactions, long memoryBytes, long diskBytes) {
    waiting.set(openTransactions);
    bufferedBytes.set(memoryBytes);
    spilledBytes.set(diskBytes);
  }

  @Override
  public void close() {
    registry.close();
  }
}
