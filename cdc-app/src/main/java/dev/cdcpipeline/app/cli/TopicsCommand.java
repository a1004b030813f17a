package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.HangingTransactions;
import dev.cdcpipeline.app.topics.RecordText;
import dev.cdcpipeline.app.topics.TopicRecords;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.RegistryUnavailableException;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
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
    description =
        "Lists the topics, shows the records of one, and ends transactions that hang on Kafka.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:shown, if only that there is none",
      "2:not done: there is no such topic, or Kafka or the registry does not answer"
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
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(3);

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

  @Command(
      name = "unblock",
      mixinStandardHelpOptions = true,
      description = {
        "Aborts transactions on Kafka that nobody will end, and that readers wait for without an"
            + " end: Connect when it starts, and the sinks. A lone broker leaves one behind when it"
            + " is killed while a transaction is being committed and takes long to start.",
        "",
        "Only a transaction whose writer then writes it again is aborted. The embedded stack does"
            + " this by itself."
      })
  int unblock(@Mixin PipelineOptions pipeline) throws InterruptedException {
    boolean[] said = new boolean[1];
    try (Admin admin = Admin.create(brokers(pipeline).kafkaClient())) {
      HangingTransactions transactions =
          new HangingTransactions(
              what -> {
                said[0] = true;
                out().println(what);
              });
      transactions.look(admin);
      // what has just been ended may look the same
      Thread.sleep(BETWEEN_LOOKS.toMillis());
      transactions.look(admin);
      if (!said[0]) {
        out().println("no transaction hangs");
      }
      out().flush();
      return ExitCodes.OK;
    } catch (ExecutionException e) {
      throw new CommandException("Kafka does not end a transaction: " + e.getCause(), e);
    }
  }

  private static Optional<SchemaRegistry> registry(PipelineOptions pipeline) {
    Endpoints endpoints = pipeline.endpoints();
    return endpoints.registryUrl() == null
        ? Optional.empty()
        : Optional.of(HttpSchemaRegistry.connect(RegistryOptions.of(endpoints.registryClient())));
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
