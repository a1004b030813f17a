package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NeededTopicsTest {
  private static final Path INFRA = Path.of("../infra");

  private final NeededTopics topics =
      new NeededTopics(new Endpoints(null, null, "127.0.0.1:1", null, null));

  private Map<String, String> needed(Map<String, String> config) {
    JsonNode json = new ObjectMapper().valueToTree(config);
    return topics.needed(Map.of("x", json));
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void everyTopicOfTheDeploymentsConnectorsIsMadeByItOrByTheStreamsApplication(Way way)
      throws IOException {
    Set<String> made =
        Topics.read(INFRA.resolve("topics.json")).topics().stream()
            .map(NewTopic::name)
            .collect(Collectors.toSet());

    assertThat(
            topics
                .needed(ConnectorDeployer.configurations(INFRA.resolve("connectors"), way))
                .keySet())
        .isNotEmpty()
        .isSubsetOf(made);
  }

  @Test
  void aSourceWritesToATopicOfEachTableAndToItsOwn() {
    assertThat(
            needed(
                Map.of(
                    "connector.class", "io.debezium.connector.postgresql.PostgresConnector",
                    "topic.prefix", "p",
                    "table.include.list", "public.a, other.b$c,sales\\..*,public.d",
                    "provide.transaction.metadata", "true",
                    "heartbeat.interval.ms", "1000",
                    "signal.kafka.topic", "p.signal")))
        .containsOnlyKeys(
            "p.public.a", "p.public.d", "p.transaction", "__debezium-heartbeat.p", "p.signal")
        .containsEntry("p.public.a", "and connector x captures table public.a");
  }

  @Test
  void whereRecordsAreRoutedOrTopicsAreMadeTheNamesAreNotKnown() {
    Map<String, String> source =
        Map.of(
            "connector.class", "PostgresConnector",
            "topic.prefix", "p",
            "table.include.list", "public.a");

    assertThat(needed(with(source, "transforms.r.type", "org.apache.kafka.RegexRouter"))).isEmpty();
    assertThat(needed(with(source, "topic.creation.default.partitions", "1"))).isEmpty();
    assertThat(needed(with(source, "transforms.r.type", "io.debezium.PartitionRouting")))
        .containsOnlyKeys("p.public.a");
  }

  private static Map<String, String> with(Map<String, String> config, String key, String value) {
    Map<String, String> more = new HashMap<>(config);
    more.put(key, value);
    return more;
  }

  @Test
  void aSinkReadsItsTopicsAndNamesOthers() {
    assertThat(
            needed(
                Map.of(
                    "connector.class", "PostgresSinkConnector",
                    "topics", "a,b",
                    "transaction.topic", "t",
                    "errors.deadletterqueue.topic.name", "dead")))
        .containsOnlyKeys("a", "b", "t", "dead");
  }
}
