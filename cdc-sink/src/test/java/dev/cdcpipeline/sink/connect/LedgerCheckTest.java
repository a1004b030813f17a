package dev.cdcpipeline.sink.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.ledger.LedgerEntry;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

class LedgerCheckTest {
  private static final PartitionId PARTITION = new PartitionId("shop.public.orders", 2);
  private final Uuid id = Uuid.randomUuid();

  private Map<PartitionId, Long> positions(
      OptionalLong next, String topicId, long start, long end) {
    LedgerCheck check =
        new LedgerCheck(
            "analytics",
            Map.of("shop.public.orders", id),
            Map.of(new TopicPartition("shop.public.orders", 2), new KafkaLog.Extent(start, end)));
    return check.positions(List.of(new LedgerEntry(PARTITION, topicId, next, 1, null)));
  }

  @Test
  void readsOnWhereTheLedgerStands() {
    assertThat(positions(OptionalLong.of(7), id.toString(), 0, 10)).containsEntry(PARTITION, 7L);
    assertThat(positions(OptionalLong.of(10), id.toString(), 0, 10)).containsEntry(PARTITION, 10L);
  }

  @Test
  void beginsAtTheLogsBeginningWithoutALedger() {
    assertThat(positions(OptionalLong.empty(), null, 3, 10)).containsEntry(PARTITION, 3L);
  }

  @Test
  void refusesWhenRetentionWasFaster() {
    assertThatThrownBy(() -> positions(OptionalLong.of(7), id.toString(), 8, 10))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("shop.public.orders-2 from offset 7 on are gone: its log begins at 8")
        .hasMessageContaining("nothing was changed");
  }

  @Test
  void refusesWhenTheLogIsShorterThanTheLedger() {
    assertThatThrownBy(() -> positions(OptionalLong.of(11), id.toString(), 0, 10))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("says 11 is next, but its log ends at 10");
  }

  @Test
  void refusesATopicThatWasCreatedAnew() {
    assertThatThrownBy(() -> positions(OptionalLong.of(7), Uuid.randomUuid().toString(), 0, 10))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("deleted and created again");
  }
}
