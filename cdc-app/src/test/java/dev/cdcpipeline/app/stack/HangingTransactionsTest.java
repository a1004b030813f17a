package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.HangingTransactions.Open;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class HangingTransactionsTest {
  private static final TopicPartition ORDERS = new TopicPartition("shop.public.orders", 1);
  private static final TopicPartition OFFSETS = new TopicPartition("cdc-connect-offsets", 0);
  private static final Open ORDERS_OPEN = new Open(ORDERS, 2, 104, 2, 165);
  private static final Open OFFSETS_OPEN = new Open(OFFSETS, 2, 104, 2, 204);

  @Test
  void whatItsCoordinatorHasWillBeEnded() {
    List<Open> open = List.of(ORDERS_OPEN, OFFSETS_OPEN);

    assertThat(HangingTransactions.hanging(open, Map.of(2L, Set.of(ORDERS, OFFSETS)))).isEmpty();
    assertThat(HangingTransactions.hanging(open, Map.of(2L, Set.of(OFFSETS))))
        .containsExactly(ORDERS_OPEN);
    assertThat(HangingTransactions.hanging(open, Map.of(2L, Set.of(), 3L, Set.of(ORDERS))))
        .as("the coordinator says that it is complete")
        .containsExactlyInAnyOrder(ORDERS_OPEN, OFFSETS_OPEN);
    assertThat(HangingTransactions.hanging(open, Map.of()))
        .as("no coordinator knows the producer any more")
        .hasSize(2);
  }

  @Test
  void aTransactionIsAbortedOnlyIfItsWriterBeginsBeforeItAgain() {
    assertThat(HangingTransactions.mayBeAborted(List.of(ORDERS_OPEN, OFFSETS_OPEN))).isTrue();
    assertThat(HangingTransactions.mayBeAborted(List.of(ORDERS_OPEN))).isFalse();
    assertThat(
            HangingTransactions.mayBeAborted(
                List.of(new Open(new TopicPartition("__consumer_offsets", 7), 5, 1, 0, 9))))
        .isTrue();
  }
}
