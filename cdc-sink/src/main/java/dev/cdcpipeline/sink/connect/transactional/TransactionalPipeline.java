package dev.cdcpipeline.sink.connect.transactional;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.SourceRelation;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.connect.metrics.FlushTally;
import dev.cdcpipeline.sink.connect.metrics.SinkMetrics;
import dev.cdcpipeline.sink.connect.pipeline.Announcements;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.connect.pipeline.Relations;
import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.mirror.TransactionalWriter;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.transaction.IncrementalRows;
import dev.cdcpipeline.sink.transaction.ReadChange;
import dev.cdcpipeline.sink.transaction.Release;
import dev.cdcpipeline.sink.transaction.SnapshotRows;
import dev.cdcpipeline.sink.transaction.SourceTransaction;
import dev.cdcpipeline.sink.transaction.TransactionAssembler;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From records to whole transactions in the target: decode, assemble, write. */
final class TransactionalPipeline implements Pipeline {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionalPipeline.class);
  private static final int CHUNK_ROWS = 5_000;
  private static final long CHUNK_BYTES = 4L << 20;

  private final String transactionTopic;
  private final int sourceEpoch;
  private final int maxRows;
  private final ChangeReader reader;
  private final TransactionAssembler assembler;
  private final TransactionalWriter writer;
  private final LogEnds logEnds;
  private final Connection connection;
  private final SnapshotReport snapshotReport;
  private final DeliveryWatch delivery;

  private final Map<PartitionId, Long> applied;
  private final Map<PartitionId, Long> pending = new HashMap<>();
  private final Map<Long, Map<TableId, SourceRelation>> relations = new HashMap<>();
  private final Map<TableId, SourceRelation> ofSnapshot = new HashMap<>();
  private final List<Release> staged = new ArrayList<>();
  private Optional<AppliedPosition> reached = Optional.empty();
  private long stagedRows;
  private FlushTally tally;

  TransactionalPipeline(
      PipelineOptions options,
      ChangeReader reader,
      TransactionAssembler assembler,
      TransactionalWriter writer,
      LogEnds logEnds,
      Map<PartitionId, Long> positions,
      Connection connection) {
    this.transactionTopic = options.transactionTopic();
    this.sourceEpoch = options.sourceEpoch();
    this.maxRows = options.maxRowsPerFlush();
    this.reader = reader;
    this.assembler = assembler;
    this.writer = writer;
    this.logEnds = logEnds;
    this.connection = connection;
    this.snapshotReport = new SnapshotReport(options.clock());
    this.delivery = new DeliveryWatch(options.transactionTopic());
    this.applied = new HashMap<>(positions);
    assembler.assign(positions);
    logEnds.begin(positions);
  }

  @Override
  public void measuredBy(SinkMetrics metrics) {
    tally = new FlushTally(metrics);
  }

  /** Takes one record in; nothing is written yet. */
  @Override
  public void accept(SinkRecord record) {
    Coordinates at = new Coordinates(record.topic(), record.kafkaPartition(), record.kafkaOffset());
    logEnds.read(at);
    byte[] value = bytes(at, "value", record.value());
    if (record.topic().equals(transactionTopic)) {
      if (value == null) {
        assembler.ignored(at);
      } else {
        assembler.marker(reader.marker(at, value), delivery.of(record), at);
      }
      return;
    }
    Optional<ReadChange> change =
        reader
            .change(at, bytes(at, "key", record.key()), value)
            .map(c -> Announcements.keyOf(record).map(key -> reader.announced(c, key)).orElse(c));
    change.ifPresent(c -> noteRelation(record, c));
    change.ifPresentOrElse(assembler::change, () -> assembler.ignored(at));
  }

  private void noteRelation(SinkRecord record, ReadChange change) {
    Relations.of(record)
        .ifPresent(relation -> namedWith(change).put(change.change().table(), relation));
  }

  private Map<TableId, SourceRelation> namedWith(ReadChange change) {
    return change.transaction() == null
        ? ofSnapshot
        : relations.computeIfAbsent(change.transaction().transactionId(), id -> new HashMap<>());
  }

  /** What is wrong with a table of a transaction must not keep those before it from the target. */
  private void begin(SourceTransaction transaction) {
    Map<TableId, SourceRelation> named = relations.remove(transaction.transactionId());
    if (named != null) {
      flush();
      named.forEach(writer::checkRelation);
    }
  }

  /** Writes every transaction that is complete, several in one flush when there is a backlog. */
  @Override
  public void apply() {
    if (delivery.takeChanged()) {
      writer.noteDelivery(delivery.isWhole() ? DeliveryWatch.WHOLE : "unknown");
      tally.delivers(delivery.isWhole());
    }
    release();
    if (assembler.wantsEndOffsets()) {
      logEnds.reportAtIntervals(assembler);
      release();
    }
    if (assembler.holdsForSnapshot() && assembler.snapshotRead()) {
      completeSnapshot();
      release();
    }
    tally.holds(assembler.counters());
    assembler.checkStall();
  }

  /** Nothing arrived: gives requests and timed rules their turn. */
  @Override
  public void idle() {
    writer.idle();
  }

  @Override
  public boolean isWaiting() {
    return false;
  }

  private void release() {
    for (Optional<Release> next = assembler.poll(); next.isPresent(); next = assembler.poll()) {
      Release release = next.get();
      if (release instanceof SourceTransaction transaction) {
        stage(transaction);
      } else if (release instanceof SnapshotRows rows) {
        flush();
        load(rows);
      } else if (release instanceof IncrementalRows rows) {
        stage(rows);
      }
      if (stagedRows >= maxRows) {
        flush();
      }
    }
    flush();
  }

  private void stage(SourceTransaction transaction) {
    begin(transaction);
    long commitTime = transaction.commitTime().toEpochMilli() * 1000;
    for (List<RowChange> chunk : chunks(transaction)) {
      write(chunk);
      commitTime = chunk.get(0).commitTimeMicros();
    }
    writer.endOfTransaction();
    tally.endOfTransaction(commitTime);
    stagedRows += transaction.size();
    staged(transaction);
    reached =
        Optional.of(
            new AppliedPosition(
                sourceEpoch, transaction.commitLsn(), commitTime, transaction.transactionId()));
  }

  private void stage(IncrementalRows rows) {
    write(rows.rows());
    writer.endOfTransaction();
    stagedRows += rows.rows().size();
    staged(rows);
  }

  private void write(List<RowChange> chunk) {
    tally.staged(chunk);
    try {
      writer.stage(chunk);
    } catch (FatalWriteException e) {
      commitEarlier(e);
      throw e;
    }
  }

  private void staged(Release release) {
    staged.add(release);
    pending.putAll(release.nextOffsets());
  }

  /**
   * Commits what stands before a change that can't be written, so that whoever mends the target
   * finds it as the source was just before.
   */
  private void commitEarlier(FatalWriteException reason) {
    try {
      for (Release release : staged) {
        Iterable<List<RowChange>> chunks =
            release instanceof SourceTransaction transaction
                ? chunks(transaction)
                : List.of(((IncrementalRows) release).rows());
        chunks.forEach(writer::stage);
        writer.endOfTransaction();
      }
      flush();
    } catch (RuntimeException e) {
      reason.addSuppressed(e);
    }
  }

  private static Iterable<List<RowChange>> chunks(SourceTransaction transaction) {
    return transaction.chunks(CHUNK_ROWS, CHUNK_BYTES);
  }

  private void flush() {
    if (pending.isEmpty() && reached.isEmpty()) {
      return;
    }
    tally.committed(writer.commit(offsets(), reached));
    applied.putAll(pending);
    pending.clear();
    reached = Optional.empty();
    stagedRows = 0;
    closeStaged();
  }

  private void closeStaged() {
    for (Release release : staged) {
      if (release instanceof SourceTransaction transaction) {
        transaction.close();
      }
    }
    staged.clear();
  }

  private void load(SnapshotRows rows) {
    pending.putAll(rows.nextOffsets());
    tally.staged(rows.rows());
    writer.loadSnapshot(rows.lsn(), rows.lastRowSeen(), rows.rows(), offsets());
    tally.loaded(rows.rows().size());
    applied.putAll(pending);
    pending.clear();
    if (snapshotReport.loaded(rows.rows().size())) {
      long behind = logEnds.behind(transactionTopic);
      writer.snapshot().ifPresent(p -> LOG.info("{}", snapshotReport.text(p, behind)));
    }
  }

  private void completeSnapshot() {
    Optional<Lsn> lsn = assembler.snapshotLsn();
    if (lsn.isPresent()) {
      LOG.info("snapshot at {} is read to its end: {}", lsn.get(), writer.snapshot());
      pending.putAll(assembler.nextOffsets());
      // the rows' commit times are times of reading: the position of a snapshot is its LSN alone
      tally.committed(
          writer.completeSnapshot(
              offsets(),
              Optional.of(new AppliedPosition(sourceEpoch, lsn.get(), logEnds.nowMicros(), 0))));
      applied.putAll(pending);
      pending.clear();
      ofSnapshot.forEach(writer::checkRelation);
      ofSnapshot.clear();
    }
    assembler.snapshotComplete();
    snapshotReport.ended();
  }

  private List<OffsetUpdate> offsets() {
    List<OffsetUpdate> updates = new ArrayList<>(pending.size());
    long commitTime = reached.map(AppliedPosition::commitTimeMicros).orElse(0L);
    pending.forEach(
        (partition, next) ->
            updates.add(
                new OffsetUpdate(partition, logEnds.topicId(partition.topic()), next, commitTime)));
    return updates;
  }

  /** First offset of each partition that is not in the target yet. */
  @Override
  public Map<TopicPartition, Long> appliedOffsets() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    applied.forEach((p, next) -> offsets.put(new TopicPartition(p.topic(), p.partition()), next));
    return offsets;
  }

  @Override
  public List<TopicPartition> toPause() {
    return assembler.partitionsToPause().stream()
        .map(p -> new TopicPartition(p.topic(), p.partition()))
        .toList();
  }

  @Override
  public List<TopicPartition> toResume() {
    return assembler.partitionsToResume().stream()
        .map(p -> new TopicPartition(p.topic(), p.partition()))
        .toList();
  }

  private static byte[] bytes(Coordinates at, String part, Object data) {
    if (data == null || data instanceof byte[]) {
      return (byte[]) data;
    }
    throw new DataException(
        "[%s] the record's %s is a %s, not bytes; set %s.converter=org.apache.kafka.connect.converters.ByteArrayConverter"
            .formatted(at, part, data.getClass().getName(), part));
  }

  @Override
  public void close() {
    closeStaged();
    assembler.close();
    writer.close();
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("closing a broken connection", e);
    }
  }
}
