package dev.cdcpipeline.sink.connect.transactional;

import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.transaction.TransactionAssembler;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Tells the assembler where the logs end and what of them was read: a partition's last offsets are
 * often markers of Kafka transactions, which no record ever shows.
 */
final class LogEnds {
  /**
   * Further behind than this a partition still has records to read, and asking would read them
   * twice.
   */
  private static final long NEAR = 1_000;

  private static final long INTERVAL_MS = 200;

  private final LogTails log;
  private final Map<String, Uuid> topicIds;
  private final Clock clock;
  private final Map<PartitionId, Long> read = new HashMap<>();
  private long lastReport;

  LogEnds(LogTails log, Map<String, Uuid> topicIds, Clock clock) {
    this.log = log;
    this.topicIds = topicIds;
    this.clock = clock;
  }

  void begin(Map<PartitionId, Long> positions) {
    read.putAll(positions);
  }

  void read(Coordinates at) {
    read.put(new PartitionId(at.topic(), at.partition()), at.offset() + 1);
  }

  /** Records of all topics but one that are written and not read, markers of transactions too. */
  long behind(String exceptTopic) {
    Map<TopicPartition, Long> positions = new HashMap<>();
    read.forEach(
        (p, next) -> {
          if (!p.topic().equals(exceptTopic)) {
            positions.put(new TopicPartition(p.topic(), p.partition()), next);
          }
        });
    Map<TopicPartition, Long> ends = log.ends(positions.keySet());
    long behind = 0;
    for (Map.Entry<TopicPartition, Long> partition : positions.entrySet()) {
      behind += Math.max(0, ends.get(partition.getKey()) - partition.getValue());
    }
    return behind;
  }

  /** Reports if the last time is a while ago: a busy source must not be asked with every poll. */
  void reportAtIntervals(TransactionAssembler assembler) {
    if (clock.millis() - lastReport >= INTERVAL_MS) {
      report(assembler);
      lastReport = clock.millis();
    }
  }

  private void report(TransactionAssembler assembler) {
    Map<TopicPartition, PartitionId> partitions = new HashMap<>();
    read.keySet().forEach(p -> partitions.put(new TopicPartition(p.topic(), p.partition()), p));
    Map<PartitionId, Long> ends = new HashMap<>();
    log.ends(partitions.keySet()).forEach((p, end) -> ends.put(partitions.get(p), end));
    assembler.endOffsets(ends);
    partitions.forEach(
        (kafka, partition) -> {
          long end = ends.get(partition);
          long next = read.get(partition);
          if (end - next <= NEAR && log.isReadUpTo(kafka, next, end)) {
            assembler.caughtUpTo(partition, end);
          }
        });
  }

  String topicId(String topic) {
    Uuid id = topicIds.get(topic);
    return id == null ? null : id.toString();
  }

  long nowMicros() {
    return clock.millis() * 1000;
  }
}
