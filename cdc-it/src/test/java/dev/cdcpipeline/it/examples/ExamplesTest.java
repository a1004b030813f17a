package dev.cdcpipeline.it.examples;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.it.architecture.Repository;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plain consumer, and what both examples take from the bill of materials. */
class ExamplesTest {
  private static final Repository REPOSITORY = Repository.ofThisBuild();
  private static final TopicPartition AGENTS = new TopicPartition("helpdesk.support.agents", 0);

  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final TicketEvents events = new TicketEvents(registry);
  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
  private long offset;

  @TempDir Path directory;

  @Test
  void theConsumerPrintsEachChange() throws IOException, ReflectiveOperationException {
    consumer.assign(List.of(AGENTS));
    consumer.updateBeginningOffsets(Map.of(AGENTS, 0L));
    add(events.agent("c", 7, "Kim"));
    add(events.agent("u", 7, "Kim Lee"));
    add(events.agent("d", 7, "Kim Lee"));
    add(null);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Iterator<Boolean> onePoll = List.of(true, false).iterator();

    try (Example example = Example.compile("consumer", directory)) {
      example
          .type("com.example.consumer.PrintChanges")
          .getMethod(
              "print",
              Consumer.class,
              SchemaRegistry.class,
              PrintStream.class,
              BooleanSupplier.class)
          .invoke(
              null,
              consumer,
              registry,
              new PrintStream(printed, true, StandardCharsets.UTF_8),
              (BooleanSupplier) onePoll::next);
    }

    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "0/6E CREATE support.agents agent_id=7 name=Kim",
            "0/78 UPDATE support.agents agent_id=7 name=Kim Lee",
            "0/82 DELETE support.agents agent_id=7 name=Kim Lee");
  }

  private void add(byte[] value) {
    consumer.addRecord(
        new ConsumerRecord<>(AGENTS.topic(), AGENTS.partition(), offset++, new byte[0], value));
  }

  @Test
  void theConsumersSettingsAreThoseOfKafkasClientAndOfTheRegistry() throws IOException {
    Properties settings = new Properties();
    try (Reader reader =
        Files.newBufferedReader(
            REPOSITORY.root().resolve("examples/consumer/consumer.properties"))) {
      settings.load(reader);
    }

    assertThat(settings.stringPropertyNames())
        .filteredOn(name -> !name.startsWith("schema.registry."))
        .isSubsetOf(ConsumerConfig.configNames());
    SchemaRegistry.connect(Map.copyOf(asMap(settings))).close();
  }

  private static Map<String, Object> asMap(Properties properties) {
    return properties.stringPropertyNames().stream()
        .collect(toMap(name -> name, properties::getProperty));
  }

  @Test
  void theBillOfMaterialsNamesEveryModuleThatHasAJar() {
    String bom = REPOSITORY.read(REPOSITORY.root().resolve("cdc-bom/pom.xml"));
    SortedSet<String> modules =
        REPOSITORY.modules().stream()
            .map(module -> module.getFileName().toString())
            .filter(name -> !name.equals("cdc-bom") && !name.equals("cdc-bench"))
            .collect(toCollection(TreeSet::new));

    assertThat(found("<artifactId>(cdc-\\w+)</artifactId>\\s*<version>\\$", bom))
        .isEqualTo(modules);
  }

  @Test
  void theBillOfMaterialsAndTheExamplesHaveTheVersionOfThisBuild() {
    String version =
        found(
                "<artifactId>cdc-pipeline</artifactId>\\s*<version>([^<]+)<",
                REPOSITORY.read(REPOSITORY.root().resolve("pom.xml")))
            .first();

    assertThat(
            found(
                "<artifactId>cdc-bom</artifactId>\\s*<version>([^<]+)<",
                REPOSITORY.read(REPOSITORY.root().resolve("cdc-bom/pom.xml"))))
        .containsExactly(version);
    assertThat(plugins("cdc-bom/pom.xml")).isSubsetOf(plugins("pom.xml"));
    for (String example : List.of("consumer", "own-result")) {
      assertThat(
              found(
                  "<cdc\\.version>([^<]+)<",
                  REPOSITORY.read(
                      REPOSITORY.root().resolve("examples").resolve(example).resolve("pom.xml"))))
          .as(example)
          .containsExactly(version);
    }
  }

  /** Plugins with their versions. */
  private static SortedSet<String> plugins(String pom) {
    return found(
        "<artifactId>([\\w-]+-plugin</artifactId>\\s*<version>[^<]+)<",
        REPOSITORY.read(REPOSITORY.root().resolve(pom)));
  }

  private static SortedSet<String> found(String regex, String text) {
    return Pattern.compile(regex)
        .matcher(text)
        .results()
        .map(match -> match.group(1))
        .collect(toCollection(TreeSet::new));
  }
}
