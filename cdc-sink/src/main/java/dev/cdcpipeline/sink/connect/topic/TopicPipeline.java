package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.metrics.SinkMetrics;
import dev.cdcpipeline.sink.connect.pipeline.Claim;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.table.TableBatch;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * From any records to rows of their topics' tables: encode, gather, write. While one flush is
 * written the next one is gathered, so that flushes are small when little arrives and large when
 * much does.
 */
final class TopicPipeline implements Pipeline {
  private static final long FORGET_EVERY_MILLIS = 60_000;

  /** How far a partition is. */
  private static final class Progress {
    final PartitionId id;
    final String topicId;
    long applied;
    long next;
    long writing;
    long timestampMillis;

    Progress(PartitionId id, String topicId, long applied) {
      this.id = id;
      this.topicId = topicId;
      this.applied = applied;
      this.next = applied;
      this.writing = applied;
    }
  }

  private final RecordRouter router;
  private final FlushWriter writer;
  private final FlushLimits limits;
  private final Clock clock;
  private final Map<PartitionId, Progress> partitions = new HashMap<>();
  private Progress last;
  private TableBatch<SinkRecord> gathering = new TableBatch<>();
  private TableBatch<SinkRecord> written = new TableBatch<>();
  private int records;
  private long bytes;
  private long gatheringSince;
  private long newestMillis;
  private long newestWritingMillis;
  private SinkMetrics metrics;
  private final Duration replayHorizon;
  private long forgottenAt;

  /**
   * @param replayHorizon how long mirrors keep deleted keys; null where there is no mirror
   */
  TopicPipeline(
      Claim claim,
      RecordRouter router,
      FlushWriter writer,
      FlushLimits limits,
      Duration replayHorizon,
      Clock clock) {
    this.router = router;
    this.writer = writer;
    this.limits = limits;
    this.replayHorizon = replayHorizon;
    this.clock = clock;
    this.forgottenAt = clock.millis();
    claim
        .positions()
        .forEach(
            (id, next) -> {
              Uuid topicId = claim.topicIds().get(id.topic());
              String text = topicId == null ? null : topicId.toString();
              partitions.put(id, new Progress(id, text, next));
            });
  }

  @Override
  public void accept(SinkRecord record) {
    Progress partition = progress(record.originalTopic(), record.originalKafkaPartition());
    long offset = record.originalKafkaOffset();
    if (offset < partition.next) {
      if (metrics != null) {
        metrics.droppedRepeats(1);
      }
      return; // written, or gathered already
    }
    if (records == 0) {
      gatheringSince = clock.millis();
    }
    try {
      bytes += router.route(record, gathering, writer);
    } catch (FatalWriteException e) {
      // the record's table is in the way, of none before it: they may not find it as it was
      if (records > 0) {
        flush();
        finish();
      }
      throw e;
    }
    records++;
    partition.next = offset + 1;
    if (record.timestamp() != null) {
      partition.timestampMillis = record.timestamp();
      newestMillis = partition.timestampMillis;
    }
    if (isFull()) {
      flush();
    }
  }

  private Progress progress(String topic, int number) {
    Progress known = last;
    if (known == null || known.id.partition() != number || !known.id.topic().equals(topic)) {
      known = partitions.get(new PartitionId(topic, number));
      if (known == null) {
        throw new IllegalStateException(topic + "-" + number + " is not assigned to this task");
      }
      last = known;
    }
    return known;
  }

  private boolean isFull() {
    return records >= limits.maxRows() || bytes >= limits.maxBytes();
  }

  @Override
  public void apply() {
    if (writer.isDone()) {
      finish();
    }
    if (records > 0 && !writer.isWriting() && isDue()) {
      flush();
    }
  }

  @Override
  public void idle() {
    if (writer.isWriting() && (writer.isDone() || (records > 0 && isDue()))) {
      finish();
    }
    apply();
    if (!isWaiting()) {
      forgetDeletedKeys();
    }
  }

  private void forgetDeletedKeys() {
    if (replayHorizon == null) {
      return;
    }
    long every = Math.min(FORGET_EVERY_MILLIS, replayHorizon.toMillis() / 2);
    if (clock.millis() - forgottenAt >= every) {
      forgottenAt = clock.millis();
      writer.forgetDeletedKeys(replayHorizon);
    }
  }

  @Override
  public boolean isWaiting() {
    return records > 0 || writer.isWriting();
  }

  private boolean isDue() {
    return clock.millis() - gatheringSince >= limits.interval().toMillis();
  }

  private void flush() {
    if (writer.isWriting()) {
      finish();
    }
    TableBatch<SinkRecord> batch = gathering;
    List<OffsetUpdate> offsets = new ArrayList<>();
    for (Progress partition : partitions.values()) {
      if (partition.next > partition.applied) {
        partition.writing = partition.next;
        offsets.add(
            new OffsetUpdate(
                partition.id, partition.topicId, partition.next, partition.timestampMillis * 1000));
      }
    }
    newestWritingMillis = newestMillis;
    writer.begin(batch, offsets);
    gathering = written;
    written = batch;
    records = 0;
    bytes = 0;
  }

  private void finish() {
    FlushWriter.Written flush = writer.await();
    partitions.values().forEach(partition -> partition.applied = partition.writing);
    if (metrics != null) {
      measure(flush);
    }
    written.clear();
    forgetDeletedKeys();
  }

  private void measure(FlushWriter.Written flush) {
    metrics.flushed(flush.result().changes(), flush.result().rowsWritten(), flush.took());
    metrics.deadLetters(flush.refused());
    metrics.applied(Operation.DELETE, written.deletes());
    metrics.applied(Operation.CREATE, written.appends());
    metrics.applied(Operation.TRUNCATE, written.truncates());
    // a repeat may be a delete or a truncate as well
    metrics.applied(Operation.UPDATE, Math.max(0L, written.upserts() - flush.repeats()));
    metrics.droppedRepeats(flush.repeats());
    metrics.visible(newestWritingMillis * 1_000L);
    metrics.holds(records, bytes, 0);
  }

  @Override
  public void measuredBy(SinkMetrics sinkMetrics) {
    metrics = sinkMetrics;
  }

  @Override
  public Map<TopicPartition, Long> appliedOffsets() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    partitions.forEach(
        (id, progress) ->
            offsets.put(new TopicPartition(id.topic(), id.partition()), progress.applied));
    return offsets;
  }

  @Override
  public List<TopicPartition> toPause() {
    return List.of();
  }

  @Override
  public List<TopicPartition> toResume() {
    return List.of();
  }

  @Override
  public void close() {
    writer.close();
  }
}
