package dev.cdcpipeline.sink.connect;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.ledger.LedgerEntry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Compares the ledger with the logs it speaks of, and refuses to go on where records it has not
 * applied are gone or where its offsets are of another topic with the same name.
 */
final class LedgerCheck {
  private final String sink;
  private final Map<String, Uuid> topicIds;
  private final Map<TopicPartition, KafkaLog.Extent> extents;

  LedgerCheck(
      String sink, Map<String, Uuid> topicIds, Map<TopicPartition, KafkaLog.Extent> extents) {
    this.sink = sink;
    this.topicIds = topicIds;
    this.extents = extents;
  }

  /**
   * Where to read on: the ledger's offsets; the beginning of the log where it has none.
   *
   * @throws ConnectException the ledger does not fit the logs; the message says what to do
   */
  Map<PartitionId, Long> positions(List<LedgerEntry> ledger) {
    Map<PartitionId, Long> positions = new HashMap<>();
    for (LedgerEntry entry : ledger) {
      PartitionId partition = entry.partition();
      KafkaLog.Extent log =
          extents.get(new TopicPartition(partition.topic(), partition.partition()));
      positions.put(partition, entry.nextOffset().isPresent() ? checked(entry, log) : log.start());
    }
    return positions;
  }

  private long checked(LedgerEntry entry, KafkaLog.Extent log) {
    PartitionId partition = entry.partition();
    long next = entry.nextOffset().getAsLong();
    String topicId = topicIds.get(partition.topic()).toString();
    if (entry.topicId() != null && !entry.topicId().equals(topicId)) {
      throw createdAgain(sink, partition.topic(), topicIds.get(partition.topic()), entry.topicId());
    }
    if (next < log.start()) {
      throw refused(
          "records of %s from offset %d on are gone: its log begins at %d; the sink was away longer than the topic's retention"
              .formatted(partition, next, log.start()));
    }
    if (next > log.end()) {
      throw refused(
          "the ledger of %s says %d is next, but its log ends at %d: the broker has lost records or is another one"
              .formatted(partition, next, log.end()));
    }
    return next;
  }

  static ConnectException createdAgain(String sink, String topic, Uuid id, String ledgers) {
    return refused(
        sink,
        "topic %s was deleted and created again (its id is %s, the ledger's %s)"
            .formatted(topic, id, ledgers));
  }

  private ConnectException refused(String why) {
    return refused(sink, why);
  }

  private static ConnectException refused(String sink, String why) {
    return new ConnectException(
        ("sink %1$s can't go on from its ledger: %2$s; nothing was changed. To start over: stop"
                + " this connector, run ./cdc sink reset %1$s, which says what follows from it,"
                + " start this connector, and have its tables read again, because what the topics"
                + " hold now is skipped: in mode transactional by a new snapshot of the source"
                + " connector, in others by cdc table reread TABLE; see docs/start-over.md")
            .formatted(sink, why));
  }
}
