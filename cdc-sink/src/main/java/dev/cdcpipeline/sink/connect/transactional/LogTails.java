package dev.cdcpipeline.sink.connect.transactional;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Where logs end, and whether a reader of them is there. Both ask the broker. */
public interface LogTails {

  /**
   * Where the logs end now, open Kafka transactions included: the markers that commit one reach its
   * partitions one after the other, so that what is readable in one may not be in the next.
   */
  Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions);

  /**
   * Whether a reader of committed records that stands at {@code from} has nothing left to read
   * before {@code to}: only the markers of Kafka transactions lie there, aborted records and what
   * compaction removed. False also where a Kafka transaction is still open there.
   */
  boolean isReadUpTo(TopicPartition partition, long from, long to);
}
