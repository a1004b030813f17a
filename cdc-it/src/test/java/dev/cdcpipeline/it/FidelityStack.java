package dev.cdcpipeline.it;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.reconcile.TableReconciliation;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.LedgerAdmin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/**
 * A stack whose connectors carry the schema {@code fidelity} instead of the shop. All other
 * settings are those of the deployment files, which is what a scenario wants to know about.
 */
final class FidelityStack implements AutoCloseable {
  static final String SOURCE_CONNECTOR = "shop-source";
  static final String SINK_CONNECTOR = "analytics-sink";

  private static final String PREFIX = "fidelity";

  private final EmbeddedStack stack;
  private final ConnectClient connect;

  private FidelityStack(EmbeddedStack stack) {
    this.stack = stack;
    this.connect = new ConnectClient(stack.endpoints().connectUrl());
  }

  /** Starts databases, broker, registry and an idle Connect worker, with the schema made. */
  static FidelityStack start() {
    try {
      Path data = Files.createTempDirectory(Path.of("target"), "fidelity-");
      FidelityStack fidelity =
          new FidelityStack(
              EmbeddedStack.start(StackOptions.in(data.toAbsolutePath()).withoutConnectors()));
      fidelity.atTarget("CREATE EXTENSION hstore", "CREATE EXTENSION citext");
      fidelity.atSource(
          "CREATE SCHEMA fidelity AUTHORIZATION shop",
          "CREATE SCHEMA other AUTHORIZATION shop",
          "GRANT USAGE ON SCHEMA fidelity, other TO cdc_connector",
          "ALTER DEFAULT PRIVILEGES FOR ROLE shop, postgres IN SCHEMA fidelity, other GRANT SELECT"
              + " ON TABLES TO cdc_connector",
          "CREATE PUBLICATION fidelity FOR TABLES IN SCHEMA fidelity");
      return fidelity;
    } catch (IOException e) {
      throw new AssertionError("cannot make a data directory under target/", e);
    }
  }

  TableWay way() {
    return new TableWay(stack, message -> requireRunning());
  }

  /** A connector that has given up doesn't make progress: no scenario needs to wait for it. */
  private void requireRunning() {
    try {
      for (ConnectClient.Status status : connect.statuses()) {
        for (ConnectClient.State failure : status.failures()) {
          throw new AssertionError(failure.name() + " has failed: " + failure.trace());
        }
      }
    } catch (IOException e) {
      // the worker is being started
    }
  }

  /** Runs statements as the source's superuser, each in a transaction of its own. */
  void atSource(String... statements) {
    run(stack.sourceAdminJdbcUrl(), statements);
  }

  /** Runs statements as the target's superuser, each in a transaction of its own. */
  void atTarget(String... statements) {
    run(stack.targetAdminJdbcUrl(), statements);
  }

  private static void run(String url, String... statements) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new AssertionError("the scenario's own statement failed", e);
    }
  }

  /** Deploys both connectors and waits until the snapshot of the tables is in the target. */
  void deploy(List<String> tables) {
    deploy(tables, Map.of());
  }

  /**
   * The same with further settings of the source connector.
   *
   * @param topics tables without their schema, as the names of their topics have them
   */
  void deploy(List<String> topics, Map<String, String> sourceSettings) {
    deploy(topics, sourceSettings, Map.of());
  }

  /** The same with further settings of the sink, too. */
  void deploy(
      List<String> topics, Map<String, String> sourceSettings, Map<String, String> sinkSettings) {
    createTopics(topics);
    putSource(sourceSettings);
    Map<String, String> sink = new HashMap<>();
    sink.put("topics.regex", "fidelity\\.(fidelity\\..*|other\\..*|transaction)");
    sink.put("source.topic.prefix", PREFIX);
    sink.put("transaction.topic", PREFIX + ".transaction");
    sink.put("results.dir", "");
    sink.putAll(sinkSettings);
    try {
      connect.put(SINK_CONNECTOR, configuration(SINK_CONNECTOR, sink, List.of("topics")));
    } catch (IOException e) {
      throw new AssertionError("cannot deploy the sink", e);
    }
    Awaitility.await("the snapshot is visible in the target")
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(250))
        .failFast("a connector has failed", this::requireRunning)
        .ignoreExceptions()
        .until(() -> way().targetValue("SELECT commit_lsn FROM cdc.position") != null);
  }

  /** Puts the source connector, with further settings, and waits for nothing. */
  void putSource(Map<String, String> sourceSettings) {
    Map<String, String> settings = new HashMap<>(sourceSettings);
    settings.put("topic.prefix", PREFIX);
    settings.put("schema.include.list", "fidelity,other");
    settings.put("publication.name", "fidelity");
    settings.put("slot.name", "cdc_fidelity");
    settings.put("signal.kafka.topic", PREFIX + ".signal");
    try {
      connect.put(
          SOURCE_CONNECTOR,
          configuration(SOURCE_CONNECTOR, settings, List.of("table.include.list")));
    } catch (IOException e) {
      throw new AssertionError("cannot put the source connector", e);
    }
  }

  /** Deploys a sink of mode mirror beside the other, which keeps tables in schema mirrors. */
  void deployMirrors(List<String> tables) {
    String topics =
        tables.stream().map(table -> PREFIX + ".fidelity." + table).collect(joining(","));
    try {
      connect.put(
          "shop-mirrors",
          configuration(
              "mirrors/shop-mirrors",
              Map.of("topics", topics, "sink.name", "fidelity-mirrors"),
              List.of()));
    } catch (IOException e) {
      throw new AssertionError("cannot deploy the mirrors", e);
    }
  }

  /** Makes the topics of tables, which are those of schema fidelity where no other is named. */
  private void createTopics(List<String> tables) {
    List<NewTopic> topics = new ArrayList<>();
    for (String table : tables) {
      topics.add(topic(PREFIX + "." + (table.contains(".") ? table : "fidelity." + table), 3));
    }
    for (String single :
        List.of(
            PREFIX + ".transaction",
            PREFIX + ".signal",
            "__debezium-heartbeat." + PREFIX,
            "shop.dead-letters")) {
      topics.add(topic(single, 1));
    }
    try (Admin admin = Admin.create(stack.endpoints().kafkaClient())) {
      var existing = admin.listTopics().names().get();
      admin
          .createTopics(topics.stream().filter(t -> !existing.contains(t.name())).toList())
          .all()
          .get();
    } catch (ExecutionException e) {
      throw new AssertionError("cannot create the topics", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while creating topics", e);
    }
  }

  private static NewTopic topic(String name, int partitions) {
    return new NewTopic(name, Optional.of(partitions), Optional.empty());
  }

  /** The deployment file's settings with some of them put otherwise. */
  private static ObjectNode configuration(
      String connector, Map<String, String> other, List<String> without) throws IOException {
    Path file = Distribution.locate().infra().resolve("connectors").resolve(connector + ".json");
    ObjectNode config = (ObjectNode) new ObjectMapper().readTree(file.toFile()).path("config");
    config.remove(without);
    other.forEach(config::put);
    return config;
  }

  /** Waits until a task of the connector has failed, and says why. */
  String awaitFailure(String connector) {
    return Awaitility.await("connector " + connector + " stops")
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(
            () ->
                connect.statuses().stream()
                    .filter(status -> status.name().equals(connector))
                    .flatMap(status -> status.failures().stream())
                    .map(ConnectClient.State::trace)
                    .findFirst()
                    .orElse(""),
            trace -> !trace.isEmpty());
  }

  /** Orders an incremental snapshot of a table. */
  void readAgain(String table) {
    String signal =
        "{\"type\":\"execute-snapshot\",\"data\":{\"type\":\"INCREMENTAL\",\"data-collections\":[\"%s\"]}}"
            .formatted(table);
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            stack.endpoints().kafkaClient(), new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>(PREFIX + ".signal", PREFIX, signal)).get();
    } catch (ExecutionException e) {
      throw new AssertionError("cannot order a snapshot of " + table, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while ordering a snapshot of " + table, e);
    }
  }

  /** What {@code cdc table reread} does first: mirrors that are gone may be made anew. */
  void letMirrorsBeMadeAnew(String schema, String table) {
    try (Connection connection = DriverManager.getConnection(stack.targetAdminJdbcUrl())) {
      connection.setAutoCommit(false);
      new LedgerAdmin(connection, "cdc").reread(new TableId(schema, table));
    } catch (SQLException e) {
      throw new AssertionError("cannot let the mirrors be made anew", e);
    }
  }

  /**
   * Reads a table again and removes what only its mirrors have, as {@code cdc table reread
   * --remove}.
   */
  void makeEqual(String table) {
    readAgain(table);
    new TableReconciliation(
            stack.endpoints().sourceJdbcUrl(),
            stack.endpoints().targetJdbcUrl(),
            Duration.ofMinutes(2),
            1,
            message -> {})
        .removeUnexpected(table, stack.targetAdminJdbcUrl());
    int dot = table.indexOf('.');
    assertEventuallyEqual(table.substring(0, dot), table.substring(dot + 1));
  }

  /** Waits until a mirror is equal, where rows arrive that no change at the source announces. */
  void assertEventuallyEqual(String schema, String table) {
    Awaitility.await("the mirror of " + schema + "." + table + " is equal")
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(500))
        .failFast("a connector has failed", this::requireRunning)
        .untilAsserted(() -> MirrorRows.assertEqual(way(), schema, table));
  }

  /** Every offset that the worker has committed for the source connector, as JSON. */
  List<String> committedSourceOffsets() {
    List<String> offsets = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            stack.endpoints().kafkaClient(Map.of("isolation.level", "read_committed")),
            new StringDeserializer(),
            new StringDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor("cdc-connect-offsets").stream()
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<String, String> committed : consumer.poll(Duration.ofMillis(200))) {
          if (committed.value() != null && committed.key().contains(SOURCE_CONNECTOR)) {
            offsets.add(committed.value());
          }
        }
      }
    }
    return offsets;
  }

  /** Does something while the registry accepts every schema. */
  void withoutCompatibility(Runnable doing) {
    RegistryTakesAll.during(stack.endpoints().registryUrl(), doing::run);
  }

  /** Waits until the sink of mode mirror has made its mirrors of tables. */
  void awaitMirrors(List<String> tables) {
    for (String table : tables) {
      Awaitility.await("mirrors." + table + " is there")
          .atMost(Duration.ofMinutes(2))
          .failFast("a connector has failed", this::requireRunning)
          .until(
              () -> way().targetValue("SELECT to_regclass('mirrors.\"" + table + "\"')") != null);
    }
  }

  /** Lets the source connector read everything again, behind what happens while it is stopped. */
  void forgetTheSource(Runnable meanwhile) {
    try {
      connect.stop(SOURCE_CONNECTOR);
      Awaitility.await("the connector's offsets are forgotten")
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptions()
          .until(
              () -> {
                connect.forgetOffsets(SOURCE_CONNECTOR);
                return true;
              });
      atSource("SELECT pg_drop_replication_slot('cdc_fidelity')");
      meanwhile.run();
      connect.resume(SOURCE_CONNECTOR);
    } catch (IOException e) {
      throw new AssertionError("cannot stop the source connector", e);
    }
  }

  /** Waits until a connector runs, and all of its tasks. */
  void awaitRunning(String connector) {
    Awaitility.await("connector " + connector + " runs")
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptions()
        .until(
            () ->
                connect.statuses().stream()
                    .filter(status -> status.name().equals(connector))
                    .anyMatch(status -> status.failures().isEmpty()));
  }

  /** Starts the failed tasks of a connector again. */
  void restart(String connector) {
    try {
      connect.restartFailed(connector);
    } catch (IOException e) {
      throw new AssertionError("cannot restart " + connector, e);
    }
  }

  @Override
  public void close() {
    stack.close();
  }
}
