package dev.cdcpipeline.sink.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.SteppedClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TopicWatchTest {
  private static final String ORDERS = "shop.public.orders";
  private static final Uuid ID = Uuid.randomUuid();

  private final SteppedClock clock = new SteppedClock();
  private KafkaLog.Topic topic = new KafkaLog.Topic(ID, 2);
  private int asked;
  private final TopicWatch watch =
      new TopicWatch(
          "analytics",
          names -> {
            asked++;
            assertThat(names).containsExactly(ORDERS);
            return Map.of(ORDERS, topic);
          },
          clock);

  @BeforeEach
  void begin() {
    begin(true);
  }

  private void begin(boolean readsAll) {
    watch.begin(
        Map.of(ORDERS, ID),
        List.of(new TopicPartition(ORDERS, 0), new TopicPartition(ORDERS, 1)),
        readsAll);
  }

  @Test
  void looksEveryFiveSeconds() {
    watch.look();
    assertThat(asked).isZero();

    clock.step(Duration.ofSeconds(5));
    watch.look();
    watch.look();
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void aTopicThatWasCreatedAgainIsRefusedWithTheWayToStartOver() {
    topic = new KafkaLog.Topic(Uuid.randomUuid(), 2);

    assertThatThrownBy(watch::lookNow)
        .isInstanceOf(ConnectException.class)
        .isNotInstanceOf(org.apache.kafka.connect.errors.RetriableException.class)
        .hasMessageContaining("topic shop.public.orders was deleted and created again")
        .hasMessageContaining("./cdc sink reset analytics");
  }

  @Test
  void addedPartitionsAreWaitedForWhereOneTaskReadsAll() {
    topic = new KafkaLog.Topic(ID, 5);

    assertThatThrownBy(watch::lookNow)
        .isInstanceOf(RetriableException.class)
        .hasMessageStartingWith(
            "topic shop.public.orders has 5 partitions and this task reads 2: partitions were"
                + " added");

    begin(false);
    assertThatCode(watch::lookNow).doesNotThrowAnyException();
  }
}
