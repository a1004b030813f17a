package dev.cdcpipeline.sink.connect.pipeline;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.config.TopicMirrors;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import java.sql.Connection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * The partitions that a task has claimed, and all that a pipeline begins with.
 *
 * @param connection its own, to be closed by it
 * @param ledger of that connection, with the partitions claimed
 * @param topicIds Kafka's ids of the topics
 * @param positions where to read on
 * @param anew whether the partitions were claimed; otherwise this goes on after a passing fault
 */
public record Claim(
    Connection connection,
    OffsetLedger ledger,
    Map<String, Uuid> topicIds,
    Map<PartitionId, Long> positions,
    boolean anew) {

  /** The topics that are read. */
  public Set<String> topics() {
    return positions.keySet().stream().map(PartitionId::topic).collect(Collectors.toSet());
  }

  /**
   * Makes sure that each topic has a mirror of its own.
   *
   * @throws ConnectException two of the topics would be mirrored in one table
   */
  public void requireMirrorsOfTheirOwn(TopicMirrors mirrors) {
    mirrors
        .clash(topics())
        .ifPresent(
            clash -> {
              throw new ConnectException(clash);
            });
  }
}
