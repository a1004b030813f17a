package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.shop.topology.AnalyticsTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsTest {
  @TempDir Path directory;

  @Test
  void shippedFileMakesThreePartitionsPerTableAndOneForTransactions() {
    Map<String, NewTopic> topics =
        Topics.read(Path.of("../infra/topics.json")).topics().stream()
            .collect(Collectors.toMap(NewTopic::name, topic -> topic));

    assertThat(topics)
        .containsKeys("shop.public.customers", "shop.public.products", "shop.public.order_items");
    assertThat(topics.get("shop.public.orders").numPartitions()).isEqualTo(3);
    assertThat(topics.get("shop.transaction").numPartitions()).isEqualTo(1);
  }

  @Test
  void shippedFileStatesCleanupAndRetentionOfEveryTopic() {
    assertThat(Topics.read(Path.of("../infra/topics.json")).topics())
        .allSatisfy(
            topic ->
                assertThat(topic.configs())
                    .as(topic.name())
                    .containsKey("cleanup.policy")
                    .containsKey(
                        topic.configs().get("cleanup.policy").equals("compact")
                            ? "delete.retention.ms"
                            : "retention.ms"));
  }

  @Test
  void shippedFileCompactsTheTopicsThatHaveTheLatestRowOfEachKey() {
    assertThat(
            Topics.read(Path.of("../infra/topics.json")).topics().stream()
                .filter(topic -> topic.configs().get("cleanup.policy").equals("compact"))
                .map(NewTopic::name))
        .containsExactlyInAnyOrderElementsOf(AnalyticsTopology.TABLE_TOPICS);
  }

  @Test
  void refusesATopicWithoutPartitions() throws IOException {
    Path file = directory.resolve("topics.json");
    Files.writeString(file, "{\"topics\": [{\"name\": \"a\"}]}");

    assertThatThrownBy(() -> Topics.read(file))
        .isInstanceOf(StackException.class)
        .hasMessage(
            "%s: a topic needs a name and at least one partition, was {\"name\":\"a\"}", file);
  }
}
