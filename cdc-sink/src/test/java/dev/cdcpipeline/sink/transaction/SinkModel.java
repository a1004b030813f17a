package dev.cdcpipeline.sink.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.transaction.DebeziumTopics.Committed;
import dev.cdcpipeline.sink.transaction.DebeziumTopics.Stored;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A consumer that polls partitions at random, and a target that applies releases and keeps a
 * ledger: what a task does, with restarts wherever the random numbers say.
 */
final class SinkModel {
  private final DebeziumTopics topics;
  private final Random random;
  private final Path directory;
  private final long bufferMaxBytes;
  private final Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  // The target: survives restarts.
  final List<Committed> applied = new ArrayList<>();
  final Map<String, Integer> loading = new TreeMap<>();
  final Map<String, Integer> visible = new TreeMap<>();
  int snapshotsVisible;
  private final Map<PartitionId, Long> ledger = new HashMap<>();
  private AppliedTransaction appliedLast;
  private Lsn snapshotLsn;
  private boolean snapshotLast;
  private boolean settledSnapshot;
  private final boolean snapshotExpected;

  // The task: lost with a restart.
  private TransactionAssembler assembler;
  private final Map<PartitionId, Integer> position = new HashMap<>();
  private final Set<PartitionId> paused = new HashSet<>();
  private final List<Runnable> flush = new ArrayList<>();
  int restarts;
  long repeats;
  long mostBuffered;

  SinkModel(DebeziumTopics topics, long seed, Path directory, long bufferMaxBytes, boolean fresh) {
    this.topics = topics;
    this.random = new Random(seed);
    this.directory = directory;
    this.bufferMaxBytes = bufferMaxBytes;
    this.snapshotExpected = fresh;
    open();
  }

  private void open() {
    AssemblerStart start;
    if (snapshotLsn != null) {
      start =
          AssemblerStart.duringSnapshot(
              Optional.ofNullable(appliedLast), snapshotLsn, snapshotLast);
    } else if (snapshotExpected && !settledSnapshot) {
      start = AssemblerStart.fresh();
    } else {
      start = AssemblerStart.after(Optional.ofNullable(appliedLast));
    }
    assembler =
        new TransactionAssembler(
            new AssemblerOptions(
                DebeziumTopics.TRANSACTIONS,
                bufferMaxBytes,
                Duration.ofMinutes(1),
                directory,
                "sink of a test",
                t -> true),
            start,
            EncodedChanges::decode,
            clock);
    position.clear();
    paused.clear();
    flush.clear();
    Map<PartitionId, Long> positions = new HashMap<>();
    topics
        .logs()
        .forEach(
            (partition, log) -> {
              long offset = ledger.getOrDefault(partition, 0L);
              positions.put(partition, offset);
              int first = 0;
              while (first < log.size() && log.get(first).offset() < offset) {
                first++;
              }
              position.put(partition, first);
            });
    assembler.assign(positions);
  }

  /** Reads all there is, with up to {@code maxRestarts} restarts on the way. */
  void run(int maxRestarts) {
    int idle = 0;
    while (idle < 3) {
      if (restarts < maxRestarts && random.nextInt(12) == 0) {
        restart();
      }
      idle = step() ? 0 : idle + 1;
      commit();
    }
    assertThat(paused).as("partitions paused at the end").isEmpty();
  }

  void restart() {
    if (random.nextBoolean()) {
      commit();
    }
    repeats += assembler.counters().repeatedChanges();
    assembler.close();
    restarts++;
    open();
  }

  /** One poll of a random partition; false if nothing is left to read. */
  boolean step() {
    List<PartitionId> ready = new ArrayList<>();
    for (PartitionId p : topics.logs().keySet()) {
      if (!paused.contains(p) && position.get(p) < topics.logs().get(p).size()) {
        ready.add(p);
      }
    }
    boolean read = !ready.isEmpty();
    if (read) {
      int polls = 1 + random.nextInt(2);
      for (int i = 0; i < polls; i++) {
        poll(ready.get(random.nextInt(ready.size())));
      }
    }
    boolean progressed = takeReleases();
    if (assembler.wantsEndOffsets()) {
      assembler.endOffsets(topics.ends());
      if (!read) {
        reportPositions();
      }
    }
    if (assembler.holdsForSnapshot() && assembler.snapshotRead()) {
      commit();
      if (assembler.snapshotUnderWay()) {
        visible.clear();
        visible.putAll(loading);
        snapshotsVisible++;
      }
      loading.clear();
      snapshotLsn = null;
      snapshotLast = false;
      settledSnapshot = true;
      ledger.putAll(assembler.nextOffsets());
      assembler.snapshotComplete();
      progressed |= takeReleases();
    }
    assembler.checkStall();
    mostBuffered = Math.max(mostBuffered, assembler.counters().bufferedBytes());
    paused.addAll(assembler.partitionsToPause());
    paused.removeAll(assembler.partitionsToResume());
    if (random.nextInt(3) == 0) {
      commit();
    }
    return read || progressed;
  }

  private void reportPositions() {
    topics
        .ends()
        .forEach(
            (p, end) -> {
              if (position.get(p) == topics.logs().get(p).size()) {
                assembler.caughtUpTo(p, end);
              }
            });
  }

  private void poll(PartitionId partition) {
    List<Stored> log = topics.logs().get(partition);
    int from = position.get(partition);
    int to = Math.min(log.size(), from + 1 + random.nextInt(8));
    for (int i = from; i < to; i++) {
      log.get(i).handTo(assembler);
    }
    position.put(partition, to);
  }

  private boolean takeReleases() {
    boolean any = false;
    Optional<Release> next;
    while ((next = assembler.poll()).isPresent()) {
      any = true;
      Release release = next.get();
      if (release instanceof SourceTransaction t) {
        List<String> changes = new ArrayList<>();
        Map<String, Integer> rows = new TreeMap<>();
        for (List<RowChange> chunk : t.chunks(1 + random.nextInt(4), 1 + random.nextInt(1_000))) {
          for (RowChange c : chunk) {
            changes.add(describe(c));
            if (c.operation() != Operation.TRUNCATE) {
              rows.put(key(c), version(c));
            }
          }
        }
        assertThat((long) changes.size()).isEqualTo(t.size());
        Committed whole = new Committed(t.transactionId(), t.commitLsn().value(), changes);
        flush.add(
            () -> {
              applied.add(whole);
              appliedLast =
                  new AppliedTransaction(
                      t.transactionId(), t.commitLsn(), t.commitTime().toEpochMilli());
              visible.putAll(rows);
              t.close();
            });
      } else if (release instanceof SnapshotRows s) {
        flush.add(
            () -> {
              if (!s.lsn().equals(snapshotLsn)) {
                loading.clear();
                snapshotLsn = s.lsn();
              }
              snapshotLast = s.lastRowSeen();
              s.rows().forEach(c -> loading.put(key(c), version(c)));
            });
      } else if (release instanceof IncrementalRows r) {
        flush.add(
            () ->
                r.rows()
                    .forEach(
                        c -> {
                          assertThat(version(c))
                              .as("incremental read of %s against what is visible", describe(c))
                              .isGreaterThanOrEqualTo(visible.getOrDefault(key(c), 0));
                          visible.put(key(c), version(c));
                        }));
      }
      Map<PartitionId, Long> offsets = release.nextOffsets();
      flush.add(
          () ->
              offsets.forEach(
                  (p, offset) -> {
                    assertThat(offset)
                        .as("next offset of " + p)
                        .isGreaterThanOrEqualTo(ledger.getOrDefault(p, 0L));
                    ledger.put(p, offset);
                  }));
    }
    return any;
  }

  private void commit() {
    flush.forEach(Runnable::run);
    flush.clear();
  }

  /** Nothing is held back, in memory or on disk, and every offset is at its end. */
  void assertNothingLeft() {
    reportPositions();
    AssemblerCounters counters = assembler.counters();
    assertThat(counters.bufferedBytes()).as("bytes buffered").isZero();
    assertThat(counters.spilledBytes()).as("bytes spilled").isZero();
    assertThat(counters.openTransactions()).as("transactions open").isZero();
    Map<PartitionId, Long> next = assembler.nextOffsets();
    topics
        .ends()
        .forEach((p, end) -> assertThat(next.get(p)).as("next offset of " + p).isEqualTo(end));
  }

  /** Ends the task. */
  void close() {
    assembler.close();
  }

  TransactionAssembler assembler() {
    return assembler;
  }

  long repeatedChanges() {
    return repeats + assembler.counters().repeatedChanges();
  }

  private static String key(RowChange c) {
    return c.table().name() + c.row().get("id");
  }

  private static int version(RowChange c) {
    return (Integer) c.row().get("version");
  }

  private static String describe(RowChange c) {
    return c.operation() == Operation.TRUNCATE
        ? c.table().name() + " truncate"
        : key(c) + "v" + version(c);
  }
}
