package dev.cdcpipeline.shop.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * State and internal topics are found again by name: what changes here, changes what a running
 * application finds after an upgrade. If that is meant, copy the description from the failure into
 * the resource and say in the changelog what users must do.
 */
class AnalyticsTopologyTest {
  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final Pipeline pipeline =
      new Pipeline(
          PipelineSettings.of("shop", 3),
          () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));

  @Test
  void theTopologyIsTheOneThatRunningApplicationsHave() throws IOException {
    AnalyticsTopology.addTo(
        pipeline,
        ResultTopics.of(registry),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        () -> 0);

    String description = pipeline.build().describe().toString();

    try (InputStream pinned = getClass().getResourceAsStream("analytics-topology.txt")) {
      assertThat(description.strip())
          .isEqualTo(new String(pinned.readAllBytes(), StandardCharsets.UTF_8).strip());
    }
  }

  @Test
  void everythingHasANameOfItsOwn() {
    AnalyticsTopology.addTo(
        pipeline,
        ResultTopics.of(registry),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        () -> 0);

    assertThat(
            Pattern.compile("\\bK(STREAM|TABLE)-[A-Z-]+-\\d{10}")
                .matcher(pipeline.build().describe().toString())
                .results())
        .as("generated names, which depend on the order of the code")
        .isEmpty();
  }

  @Test
  void theTopicsThatTheApplicationCreatesAreThoseItWritesTo() {
    AnalyticsTopology.addTo(
        pipeline,
        ResultTopics.of(registry),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        () -> 0);

    List<String> declared = new ArrayList<>(AnalyticsTopology.EVENT_TOPICS);
    declared.addAll(AnalyticsTopology.TABLE_TOPICS);
    assertThat(new TreeSet<>(pipeline.resultTopics())).isEqualTo(new TreeSet<>(declared));
  }
}
