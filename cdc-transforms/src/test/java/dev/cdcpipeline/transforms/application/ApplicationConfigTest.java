package dev.cdcpipeline.transforms.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.serde.ConfluentAvroSerializer;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings.StoreKind;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;

class ApplicationConfigTest {

  @Test
  void everyDefaultIsPinned() {
    ApplicationConfig config = new ApplicationConfig(Map.of());

    assertThat(config.pipeline())
        .isEqualTo(new PipelineSettings("shop", 3, 0, Duration.ofHours(1), StoreKind.PERSISTENT));
    assertThat(config.replicationFactor()).isEqualTo((short) -1);
    assertThat(config.statusPort()).isZero();
    assertThat(config.deadLetterTopic()).isEqualTo("shop.dead-letters");
    assertThat(config.streams())
        .containsEntry("application.id", "analytics")
        .containsEntry("processing.guarantee", "exactly_once_v2")
        .containsEntry("commit.interval.ms", 20)
        .containsEntry("poll.ms", 5)
        .containsEntry("producer.linger.ms", 5)
        .containsEntry("producer.batch.size", 131_072)
        .containsEntry("consumer.session.timeout.ms", 10_000)
        .containsEntry("consumer.auto.offset.reset", "earliest")
        .containsEntry("rocksdb.config.setter", BoundedMemory.class)
        .containsEntry(BoundedMemory.BYTES, 134_217_728L)
        .doesNotContainKey("source.partitions");
  }

  @Test
  void everyKeyIsDocumentedInItsOwnWords() {
    Set<String> documentation = new HashSet<>();
    ApplicationConfig.DEFINITION
        .configKeys()
        .values()
        .forEach(
            key -> {
              assertThat(key.documentation).as(key.name).isNotBlank();
              assertThat(documentation.add(key.documentation)).as(key.name).isTrue();
            });
  }

  @Test
  void valuesOutOfBoundsAreRefused() {
    assertThatThrownBy(() -> new ApplicationConfig(Map.of("source.partitions", "0")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("source.partitions");
    assertThatThrownBy(() -> new ApplicationConfig(Map.of("replay.horizon.ms", "-1")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("replay.horizon.ms");
    assertThatThrownBy(() -> new ApplicationConfig(Map.of("status.port", "70000")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("status.port");
  }

  @Test
  void anythingLessThanExactlyOnceIsRefused() {
    ApplicationConfig config =
        new ApplicationConfig(Map.of("processing.guarantee", "at_least_once"));

    assertThatThrownBy(config::streams)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("must be exactly_once_v2");
  }

  @Test
  void resultsAreWrittenByTheSerializersThatAreNamed() {
    ApplicationConfig config =
        new ApplicationConfig(
            Map.of(
                "result.topic.prefix", "test.",
                "result.value.serializer", NamingSerializer.class.getName(),
                "schema.registry.url", "mock://application-config"));

    ResultTopics.Serializers serializers = config.serializers();

    assertThat(config.resultTopics().named(List.of("product_sales")))
        .containsExactly("test.product_sales");
    assertThat(serializers.ofKeys()).isInstanceOf(ConfluentAvroSerializer.class);
    assertThat(serializers.ofValues().serialize("topic", null))
        .asString()
        .isEqualTo("value at mock://application-config");
  }

  /** Writes what it was configured with. */
  public static final class NamingSerializer implements Serializer<Object> {
    private String name;

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
      name = (isKey ? "key at " : "value at ") + configs.get("schema.registry.url");
    }

    @Override
    public byte[] serialize(String topic, Object data) {
      return name.getBytes(StandardCharsets.UTF_8);
    }
  }

  @Test
  void aClassThatIsNoSerializerIsRefused() {
    ApplicationConfig config =
        new ApplicationConfig(Map.of("result.key.serializer", String.class.getName()));

    assertThatThrownBy(() -> config.serializers().ofKeys())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("result.key.serializer")
        .hasMessageContaining("must be a org.apache.kafka.common.serialization.Serializer");
  }

  @Test
  void otherKeysGoToKafkaStreams() {
    ApplicationConfig config =
        new ApplicationConfig(Map.of("num.standby.replicas", "1", "commit.interval.ms", "20"));

    assertThat(config.streams())
        .containsEntry("num.standby.replicas", "1")
        .containsEntry("commit.interval.ms", "20");
  }
}
