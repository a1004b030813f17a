package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.topics.RecordText;
import dev.cdcpipeline.app.topics.TopicRecords;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.RegistryUnavailableException;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc topics}: what is on Kafka. */
@Command(
    name = "topics",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Lists the topics, and shows the records of one.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:shown, if only that there is none",
      "2:not shown: there is no such topic, or Kafka or the registry does not answer"
    },
    footer = {
      "",
      "Examples:",
      "  cdc topics list",
      "  cdc topics show shop.public.customers --from-beginning --limit 3",
      "  cdc topics show shop.dead-letters"
    })
final class TopicsCommand {
  private static final int MOST = 100_000;

  @Spec private CommandSpec spec;

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the topics with their partitions.")
  int list(@Mixin PipelineOptions pipeline) throws IOException {
    try (TopicRecords records = TopicRecords.of(brokers(pipeline))) {
      TextTable table = new TextTable("topic", "partitions");
      records
          .partitionsByTopic()
          .forEach((topic, partitions) -> table.row(topic, Integer.toString(partitions)));
      table.print(out());
      out().flush();
      return ExitCodes.OK;
    } catch (IOException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = {
        "Shows the last records of a topic, and ends: place, time, headers, key and value. Avro is"
            + " decoded by the registry's schemas, keys too; a tombstone is a key without a value."
            + " Only what was committed is shown.",
        "",
        "Records of several partitions are shown in the order of their timestamps. A dead letter's"
            + " headers say where it came from and what was wrong with it."
      })
  int show(
      @Parameters(paramLabel = "NAME", description = "the topic") String topic,
      @Option(names = "--from-beginning", description = "the first records instead of the last")
          boolean fromBeginning,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "10",
              description = "at most so many records (default: ${DEFAULT-VALUE})")
          int limit,
      @Mixin PipelineOptions pipeline) {
    if (limit < 1 || limit > MOST) {
      throw new CommandException("--limit must be between 1 and " + MOST + ", was " + limit);
    }
    Optional<SchemaRegistry> registry = registry(pipeline);
    try (TopicRecords records = TopicRecords.of(brokers(pipeline))) {
      List<ConsumerRecord<byte[], byte[]>> found =
          fromBeginning ? records.first(topic, limit) : records.last(topic, limit);
      RecordText text = new RecordText(registry);
      found.forEach(record -> text.lines(record).forEach(out()::println));
      if (found.isEmpty()) {
        out().println("there is no record on " + topic);
      }
      out().flush();
      return ExitCodes.OK;
    } catch (IOException | RegistryUnavailableException e) {
      throw new CommandException(e.getMessage(), e);
    } finally {
      registry.ifPresent(SchemaRegistry::close);
    }
  }

  private static Optional<SchemaRegistry> registry(PipelineOptions pipeline) {
    Endpoints endpoints = pipeline.endpoints();
    return Optional.ofNullable(endpoints.registryUrl())
        .map(
            url ->
                HttpSchemaRegistry.connect(RegistryOptions.of(Map.of(RegistryOptions.URL, url))));
  }

  private static Endpoints brokers(PipelineOptions pipeline) {
    Endpoints endpoints = pipeline.endpoints();
    if (endpoints.bootstrapServers() == null) {
      throw new CommandException("--bootstrap-servers is needed: that is where topics are");
    }
    return endpoints;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
