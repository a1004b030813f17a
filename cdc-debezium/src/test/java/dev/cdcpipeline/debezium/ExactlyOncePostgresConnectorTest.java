package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.debezium.ExactlyOncePostgresConnector.Problem;
import dev.cdcpipeline.debezium.ExactlyOncePostgresConnectorTask.Pace;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class ExactlyOncePostgresConnectorTest {
  private final ExactlyOncePostgresConnector connector = new ExactlyOncePostgresConnector();

  @Test
  void connectFindsItAndItsTask() {
    assertThat(ServiceLoader.load(SourceConnector.class))
        .hasAtLeastOneElementOfType(ExactlyOncePostgresConnector.class);
    assertThat(connector.taskClass()).isEqualTo(ExactlyOncePostgresConnectorTask.class);
  }

  @Test
  void itPromisesExactlyOnceAsDebeziumDoes() {
    assertThat(connector.exactlyOnceSupport(Map.of())).isEqualTo(ExactlyOnceSupport.SUPPORTED);
  }

  @Test
  void itDefinesTheTransactionsOnKafka() {
    assertThat(connector.canDefineTransactionBoundaries(Map.of()))
        .isEqualTo(ConnectorTransactionBoundaries.SUPPORTED);
  }

  @Test
  void settingsThatWouldLoseTransactionsAreRefusedWithTheReason() {
    assertThat(ExactlyOncePostgresConnector.problems(Map.of()))
        .extracting(Problem::key)
        .containsExactly("provide.transaction.metadata");
    assertThat(
            ExactlyOncePostgresConnector.problems(
                Map.of(
                    "provide.transaction.metadata", "false",
                    "snapshot.max.threads", "4",
                    "offset.mismatch.strategy", "trust_greater_lsn",
                    "transaction.part.records", "0")))
        .extracting(Problem::key)
        .containsExactly(
            "provide.transaction.metadata",
            "snapshot.max.threads",
            "offset.mismatch.strategy",
            "transaction.part.records");
    assertThat(
            ExactlyOncePostgresConnector.problems(
                Map.of(
                    "provide.transaction.metadata", "true",
                    "snapshot.max.threads", "1",
                    "offset.mismatch.strategy", "trust_offset",
                    "transaction.part.records", "500")))
        .isEmpty();
  }

  /** Connect dereferences each of them to show what is wrong with one. */
  @Test
  void everySettingIsJudgedWhenOneIsWrong() {
    assertThat(connector.validate(Map.of("topic.prefix", "shop")).configValues())
        .extracting(ConfigValue::name)
        .containsAll(connector.config().names());
  }

  @Test
  void aRecordIsTheSameInAllButItsEquality() {
    ConnectHeaders headers = new ConnectHeaders();
    headers.addString("name", "value");
    SourceRecord record =
        new SourceRecord(
            Map.of("server", "shop"),
            Map.of("lsn", 1L),
            "shop.public.orders",
            2,
            Schema.INT64_SCHEMA,
            7L,
            Schema.STRING_SCHEMA,
            "row",
            3L,
            headers);

    IdentityRecord ours = new IdentityRecord(record, record.sourceOffset(), record.headers());

    assertThat(record)
        .as("all fields, by Connect's own comparison")
        .isEqualTo(
            ours.newRecord(
                ours.topic(),
                ours.kafkaPartition(),
                ours.keySchema(),
                ours.key(),
                ours.valueSchema(),
                ours.value(),
                ours.timestamp(),
                ours.headers()));
    assertThat(List.of(ours))
        .contains(ours)
        .doesNotContain(new IdentityRecord(record, record.sourceOffset(), record.headers()));
    assertThat(ours).hasSameHashCodeAs(ours);
  }

  @Test
  void thePaceLetsTheFirstThroughAndThenOneInEachInterval() {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    Pace pace = new Pace(Duration.ofNanos(100), now::get);

    assertThat(pace.isDue()).isTrue();
    assertThat(pace.isDue()).isFalse();
    now.addAndGet(99);
    assertThat(pace.isDue()).as("though the clock has wrapped around").isFalse();
    now.addAndGet(1);
    assertThat(pace.isDue()).isTrue();
    assertThat(pace.isDue()).isFalse();
  }
}
