package dev.cdcpipeline.it.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.it.architecture.Repository;
import dev.cdcpipeline.model.serde.ConfluentAvroDeserializer;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.transforms.application.ApplicationConfig;
import dev.cdcpipeline.transforms.application.StreamsResults;
import dev.cdcpipeline.transforms.pipeline.Pipeline;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings;
import dev.cdcpipeline.transforms.pipeline.PipelineSettings.StoreKind;
import dev.cdcpipeline.transforms.pipeline.ReadProgress;
import dev.cdcpipeline.transforms.pipeline.ResultTopics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tutorial docs/build-your-own-result.md: its code is that of the example, which the Streams
 * application loads by its configuration, and which does what the page says.
 */
class TutorialTest {
  private static final Path DOCUMENT =
      Repository.ofThisBuild().root().resolve("docs/build-your-own-result.md");
  private static final String CLASS = "com.example.support.AgentLoad";
  private static final Pattern REGION =
      Pattern.compile("(?ms)^  // tag: \\w+\n(.*?)\n  // end: \\w+$");

  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final TicketEvents events = new TicketEvents(registry);
  private final ClassLoader loaderBefore = Thread.currentThread().getContextClassLoader();
  private Example example;

  @TempDir Path directory;

  @BeforeEach
  void putTheExampleOnTheClassPath() throws IOException {
    example = Example.compile("own-result", directory);
    Thread.currentThread().setContextClassLoader(example.classLoader());
  }

  @AfterEach
  void classPathAsBefore() throws IOException {
    Thread.currentThread().setContextClassLoader(loaderBefore);
    example.close();
  }

  @Test
  void theDocumentsCodeIsTheCodeThatRunsHere() throws IOException {
    Path code = example.file("src/main/java/" + CLASS.replace('.', '/') + ".java");

    assertThat(shown("java"))
        .isEqualTo(
            REGION.matcher(Files.readString(code)).results().map(TutorialTest::code).toList())
        .isNotEmpty();
    assertThat(shown("properties"))
        .containsExactly(Files.readString(example.file("agent-load.properties")).stripTrailing());
  }

  private static List<String> shown(String language) throws IOException {
    return Pattern.compile("(?ms)^```" + language + "\n(.*?)^```")
        .matcher(Files.readString(DOCUMENT))
        .results()
        .map(TutorialTest::code)
        .toList();
  }

  private static String code(MatchResult match) {
    return match.group(1).stripTrailing().stripIndent();
  }

  @Test
  void aTicketThatMovesAndIsClosedLeavesNothingBehind() throws IOException {
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.of("helpdesk", 1).withStores(StoreKind.IN_MEMORY),
            () -> EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults()));
    StreamsResults loaded = new ApplicationConfig(properties()).results();
    loaded.addTo(pipeline, ResultTopics.of(registry), () -> ReadProgress.UNKNOWN);
    assertThat(loaded.getClass().getName()).isEqualTo(CLASS);
    assertThat(loaded.tableTopics()).isEqualTo(pipeline.resultTopics());
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

  private Map<String, Object> properties() throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(example.file("agent-load.properties"))) {
      properties.load(reader);
    }
    Map<String, Object> map = new HashMap<>();
    properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
    return map;
  }

  @Test
  void theApplicationCanBeMade() throws ReflectiveOperationException {
    try (KafkaStreams application =
        (KafkaStreams)
            example
                .type(CLASS)
                .getMethod("application", Map.class)
                .invoke(
                    null,
                    Map.of(
                        "bootstrap.servers",
                        "127.0.0.1:1",
                        "schema.registry.url",
                        "mock://tutorial"))) {
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
            new ConfluentAvroDeserializer<Long>(registry, true),
            new ConfluentAvroDeserializer<GenericRecord>(registry, false))
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
