package dev.cdcpipeline.transforms.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings.StoreKind;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class ApplicationConfigTest {

  @Test
  void everyDefaultIsPinned() {
    ApplicationConfig config = new ApplicationConfig(Map.of());

    assertThat(config.pipeline())
        .isEqualTo(new PipelineSettings("shop", 3, 0, Duration.ofHours(1), StoreKind.PERSISTENT));
    assertThat(config.customerWait()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.totalGrace()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.replicationFactor()).isEqualTo((short) -1);
    assertThat(config.statusPort()).isZero();
    assertThat(config.deadLetterTopic()).isEqualTo("shop.dead-letters");
    assertThat(config.streams())
        .containsEntry("application.id", "analytics")
        .containsEntry("processing.guarantee", "exactly_once_v2")
        .containsEntry("commit.interval.ms", 50)
        .containsEntry("poll.ms", 10)
        .containsEntry("producer.linger.ms", 5)
        .containsEntry("consumer.session.timeout.ms", 10_000)
        .containsEntry("consumer.auto.offset.reset", "earliest")
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
  void otherKeysGoToKafkaStreams() {
    ApplicationConfig config =
        new ApplicationConfig(Map.of("num.standby.replicas", "1", "commit.interval.ms", "20"));

    assertThat(config.streams())
        .containsEntry("num.standby.replicas", "1")
        .containsEntry("commit.interval.ms", "20");
  }
}
