package dev.cdcpipeline.transforms.tutorial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.serde.ConfluentAvroSerde;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings.StoreKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.Test;

/** The tutorial docs/build-your-own-result.md: its code is this code, and does what it says. */
class TutorialTest {
  private static final Path DOCUMENT = Path.of("../docs/build-your-own-result.md");
  private static final Path CODE =
      Path.of("src/test/java/dev/cdcpipeline/transforms/tutorial/AgentLoad.java");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```java\n(.*?)^```");
  private static final Pattern REGION =
      Pattern.compile("(?ms)^  // tag: \\w+\n(.*?)\n  // end: \\w+$");

  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final TicketEvents events = new TicketEvents(registry);

  @Test
  void theDocumentsCodeIsTheCodeThatRunsHere() throws IOException {
    List<String> shown =
        FENCE.matcher(Files.readString(DOCUMENT)).results().map(TutorialTest::code).toList();
    List<String> compiled =
        REGION.matcher(Files.readString(CODE)).results().map(TutorialTest::code).toList();

    assertThat(shown).isEqualTo(compiled).isNotEmpty();
  }

  private static String code(MatchResult match) {
    return match.group(1).stripTrailing().stripIndent();
  }

  @Test
  void aTicketThatMovesAndIsClosedLeavesNothingBehind() {
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.of("helpdesk", 1).withStores(StoreKind.IN_MEMORY),
            () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));
    AgentLoad.addTo(pipeline, registry);
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "agent-load");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    try (TopologyTestDriver driver = new TopologyTestDriver(pipeline.build(), config)) {
      TestInputTopic<byte[], byte[]> tickets = input(driver, "tickets");
      TestInputTopic<byte[], byte[]> agents = input(driver, "agents");

      tickets.pipeInput(events.ticket("c", 1, 7, "open", "2.50", 1_000));
      assertThat(changes(driver)).containsExactly("7: null, 1 open, 2.50 h, oldest 1000");

      agents.pipeInput(events.agent("c", 7, "Kim"));
      assertThat(changes(driver)).containsExactly("7: Kim, 1 open, 2.50 h, oldest 1000");

      tickets.pipeInput(events.ticket("c", 2, 7, "open", "0.25", 2_000));
      assertThat(changes(driver)).containsExactly("7: Kim, 2 open, 2.75 h, oldest 1000");

      tickets.pipeInput(events.ticket("u", 1, 8, "open", "2.50", 1_000));
      assertThat(changes(driver))
          .containsExactly(
              "7: Kim, 1 open, 0.25 h, oldest 2000", "8: null, 1 open, 2.50 h, oldest 1000");

      tickets.pipeInput(events.ticket("u", 2, 7, "closed", "0.25", 2_000));
      tickets.pipeInput(events.ticket("d", 1, 8, "", "0", 0));
      assertThat(changes(driver)).containsExactly("7: gone", "8: gone");
    }
  }

  @Test
  void theApplicationCanBeMade() {
    try (KafkaStreams application =
        AgentLoad.application(
            Map.of("bootstrap.servers", "127.0.0.1:1", "schema.registry.url", "mock://tutorial"))) {
      assertThat(application.state()).isEqualTo(KafkaStreams.State.CREATED);
    }
  }

  private static TestInputTopic<byte[], byte[]> input(TopologyTestDriver driver, String table) {
    return driver.createInputTopic(
        "helpdesk.support." + table, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private List<String> changes(TopologyTestDriver driver) {
    return driver
        .createOutputTopic(
            "agent_load",
            new LongDeserializer(),
            ConfluentAvroSerde.ofGeneric(registry, false).deserializer())
        .readKeyValuesToList()
        .stream()
        .map(TutorialTest::text)
        .toList();
  }

  private static String text(KeyValue<Long, GenericRecord> change) {
    GenericRecord load = change.value;
    return change.key
        + ": "
        + (load == null
            ? "gone"
            : load.get("name")
                + ", "
                + load.get("open_tickets")
                + " open, "
                + load.get("hours")
                + " h, oldest "
                + load.get("oldest_opened_at"));
  }
}
