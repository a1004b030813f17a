package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.cli.CdcCommand;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.model.analytics.ProductKey;
import dev.cdcpipeline.model.analytics.ProductSales;
import dev.cdcpipeline.model.serde.ConfluentAvroSerializer;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Topics into tables by several tasks, with everything a broker does to a log going on: aborted
 * transactions, compaction, committed offsets that someone moved or deleted, a rebalance, and a
 * worker that is killed. Every committed record is in its table once, or with the dead letters;
 * unless an operator says that the sink goes on at the topics' ends.
 */
@ExtendWith(SharedStack.class)
class TopicSinkIT {
  private static final String SALES = "it.sales";
  private static final String LOG = "it.log";
  private static final String DEAD = "it.dead-letters";
  private static final String SINK = "it-sink";
  private static final int PARTITIONS = 3;
  private static final int TRANSACTIONS = 24;
  private static final int RECORDS = 120;
  private static final int KEYS = 150;

  // behind all others, so that a transaction's number says which records it has
  private static final int SKIPPED = 3 * TRANSACTIONS;

  private final TableWay way;
  private final ConnectRest connect;
  private final Random random = new Random(Long.getLong("seed", 4711));
  private final TreeMap<Long, String> expected = new TreeMap<>();
  private long appended;
  private int poisoned;

  TopicSinkIT(TableWay way) {
    this.way = way;
    this.connect = new ConnectRest(way.stack().endpoints().connectUrl());
  }

  @Test
  void everyCommittedRecordArrivesOnceWhateverBecomesOfWorkerAndLog() throws Exception {
    try (Connection admin = DriverManager.getConnection(way.stack().targetAdminJdbcUrl());
        Statement statement = admin.createStatement()) {
      statement.execute(
          "CREATE SCHEMA it AUTHORIZATION cdc_sink; GRANT USAGE ON SCHEMA it TO PUBLIC;"
              + " ALTER DEFAULT PRIVILEGES FOR ROLE cdc_sink IN SCHEMA it GRANT SELECT ON TABLES"
              + " TO PUBLIC");
    }
    Map<String, Object> client = way.stack().endpoints().kafkaClient();
    try (Admin admin = Admin.create(client);
        SchemaRegistry registry =
            SchemaRegistry.connect(
                Map.of("schema.registry.url", way.stack().endpoints().registryUrl()))) {
      createTopics(admin);
      deploy(3);
      produce(registry, 0, TRANSACTIONS / 2);
      Awaitility.await("the first half begins to arrive")
          .atMost(Duration.ofSeconds(180))
          .until(() -> count("it.log") > 0);

      way.stack().kill(Service.CONNECT);
      produce(registry, TRANSACTIONS / 2, TRANSACTIONS);
      moveCommittedOffsets(admin);
      way.stack().start(Service.CONNECT);
      way.stack().awaitConnectors(Duration.ofSeconds(180));
      deploy(2); // a rebalance
      assertEveryRecordOnce(admin);

      loseCommittedOffsets();
      produce(registry, TRANSACTIONS, TRANSACTIONS + 3);
      resume();
      assertEveryRecordOnce(admin);
      assertMetricsAreAsDocumented();

      connect.call("PUT", "/connectors/" + SINK + "/stop");
      connect.awaitStatus(SINK, "STOPPED");
      long before = appended;
      produce(registry, SKIPPED, SKIPPED + 2);
      resetFromEnd();
      appended = before;
      produce(registry, SKIPPED + 2, SKIPPED + 4);
      resume();
      assertAllIsAppended();
      assertThat(
              way.targetValue(
                  "SELECT count(*)::text FROM it.log WHERE order_count BETWEEN %d AND %d"
                      .formatted(SKIPPED * RECORDS, (SKIPPED + 2) * RECORDS - 1)))
          .isEqualTo("0");
    } finally {
      connect.call("DELETE", "/connectors/" + SINK);
    }
  }

  private void assertEveryRecordOnce(Admin admin) throws Exception {
    assertAllIsAppended();
    Awaitility.await("the last record of every key has arrived")
        .atMost(Duration.ofSeconds(180))
        .untilAsserted(
            () ->
                assertThat(
                        way.targetRows(
                            "SELECT product_id || '=' || units_sold FROM it.sales ORDER BY"
                                + " product_id"))
                    .containsExactlyElementsOf(expected.values()));
    assertThat(deadLetters(admin)).isGreaterThanOrEqualTo(poisoned);
  }

  private void assertAllIsAppended() {
    Awaitility.await("every record that was appended has arrived")
        .atMost(Duration.ofSeconds(180))
        .until(() -> count("it.log") >= appended);
    assertThat(count("it.log")).isEqualTo(appended);
    assertThat(way.targetValue("SELECT count(DISTINCT order_count)::text FROM it.log"))
        .isEqualTo(String.valueOf(appended));
  }

  private void loseCommittedOffsets() {
    connect.call("PUT", "/connectors/" + SINK + "/stop");
    connect.awaitStatus(SINK, "STOPPED");
    connect.call("DELETE", "/connectors/" + SINK + "/offsets");
  }

  private void resume() {
    connect.call("PUT", "/connectors/" + SINK + "/resume");
    way.stack().awaitConnectors(Duration.ofSeconds(180));
  }

  private void resetFromEnd() throws IOException {
    Properties addresses = new Properties();
    way.stack()
        .endpoints()
        .kafkaClient()
        .forEach((key, value) -> addresses.setProperty("kafka." + key, value.toString()));
    addresses.setProperty("bootstrap.servers", way.stack().endpoints().bootstrapServers());
    addresses.setProperty("sink.url", way.stack().targetAdminJdbcUrl());
    Path config = Files.createTempFile(Path.of("target"), "pipeline-", ".properties");
    try (Writer writer = Files.newBufferedWriter(config)) {
      addresses.store(writer, null);
    }
    StringWriter words = new StringWriter();
    int code =
        CdcCommand.commandLine()
            .setOut(new PrintWriter(words, true))
            .setErr(new PrintWriter(words, true))
            .execute(
                "sink", "reset", SINK, "--from", "end", "--yes", "--config", config.toString());
    assertThat(code).as(words.toString()).isZero();
  }

  private static void assertMetricsAreAsDocumented() throws Exception {
    List<String> documented =
        Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\|")
            .matcher(Files.readString(Path.of("../docs/sink-metrics.md")))
            .results()
            .map(metric -> metric.group(1))
            .toList();
    assertThat(documented).hasSizeGreaterThan(30);
    for (int task = 0; task < 2; task++) {
      String bean = bean(task);
      // one of the two may have written all before the other has begun
      Awaitility.await("task " + task + " has metrics")
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptionsInstanceOf(IllegalStateException.class)
          .untilAsserted(
              () ->
                  assertThat(WorkerMetrics.read(bean, "flushes-total").attributes())
                      .containsExactlyInAnyOrderElementsOf(documented));
    }
    // rows are visible before a task has counted them
    Awaitility.await("the tasks count their flushes")
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                WorkerMetrics.read(bean(0), "flushes-total").value()
                        + WorkerMetrics.read(bean(1), "flushes-total").value()
                    > 0);
  }

  private static String bean(int task) {
    return "kafka.connect:type=plugins,connector=%s,task=%d,sink=%s".formatted(SINK, task, SINK);
  }

  private void createTopics(Admin admin) throws Exception {
    Map<String, String> compacted =
        Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "1000",
            "min.cleanable.dirty.ratio", "0.01",
            "max.compaction.lag.ms", "1000");
    admin
        .createTopics(
            List.of(
                new NewTopic(SALES, PARTITIONS, (short) 1).configs(compacted),
                new NewTopic(LOG, PARTITIONS, (short) 1),
                new NewTopic(DEAD, 1, (short) 1)))
        .all()
        .get();
  }

  private void deploy(int tasks) throws Exception {
    ConnectClient client = new ConnectClient(way.stack().endpoints().connectUrl());
    ObjectNode sink = (ObjectNode) client.configuration("analytics-sink").orElseThrow().deepCopy();
    sink.remove(List.of("transaction.topic", "source.topic.prefix", "results.dir"));
    Map.of(
            "name",
            SINK,
            "sink.name",
            SINK,
            "tasks.max",
            String.valueOf(tasks),
            "topics",
            SALES + "," + LOG,
            "mode",
            "upsert",
            "mode." + LOG,
            "append")
        .forEach(sink::put);
    Map.of(
            "table.name.format", "it.${table}",
            "flush.max.rows", "500",
            "bad.records.max.share", "1",
            "errors.tolerance", "all",
            "errors.deadletterqueue.topic.name", DEAD)
        .forEach(sink::put);
    client.put(SINK, sink);
  }

  // every third transaction is aborted; some records are no Avro
  private void produce(SchemaRegistry registry, int from, int to) {
    Map<String, Object> config =
        way.stack().endpoints().kafkaClient(Map.of("transactional.id", "it-producer"));
    try (ConfluentAvroSerializer<ProductKey> keys = new ConfluentAvroSerializer<>(registry, true);
        ConfluentAvroSerializer<ProductSales> values =
            new ConfluentAvroSerializer<>(registry, false);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      for (int t = from; t < to; t++) {
        boolean aborted = t % 3 == 1;
        producer.beginTransaction();
        for (int r = 0; r < RECORDS; r++) {
          send(producer, keys, values, t * RECORDS + r, aborted);
        }
        if (aborted) {
          producer.flush();
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
      }
    }
  }

  /** The commit of the transaction fails if a record could not be written. */
  private static void send(
      KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    Future<RecordMetadata> unused = producer.send(record);
  }

  private void send(
      KafkaProducer<byte[], byte[]> producer,
      ConfluentAvroSerializer<ProductKey> keys,
      ConfluentAvroSerializer<ProductSales> values,
      int number,
      boolean aborted) {
    long id = random.nextInt(KEYS);
    int partition = (int) (id % PARTITIONS);
    byte[] key = keys.serialize(SALES, new ProductKey(id));
    if (number % 97 == 5) {
      send(producer, new ProducerRecord<>(LOG, partition, key, new byte[] {1, 2, 3}));
      poisoned += aborted ? 0 : 1;
      return;
    }
    ProductSales sales =
        ProductSales.newBuilder()
            .setProductId(id)
            .setSku("sku")
            .setOrderCount(number)
            .setUnitsSold(number)
            .setTotalRevenue(BigDecimal.valueOf(number, 2))
            .setSourceLsn("0/0")
            .build();
    byte[] value = values.serialize(SALES, sales);
    send(producer, new ProducerRecord<>(LOG, partition, key, value));
    boolean deleted = random.nextInt(6) == 0;
    send(producer, new ProducerRecord<>(SALES, partition, key, deleted ? null : value));
    if (!aborted) {
      appended++;
      if (deleted) {
        expected.remove(id);
      } else {
        expected.put(id, id + "=" + number);
      }
    }
  }

  // whoever trusts these loses records, or takes them twice
  private void moveCommittedOffsets(Admin admin) throws Exception {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      partitions.add(new TopicPartition(LOG, p));
    }
    Awaitility.await("the killed worker's consumers leave their group")
        .atMost(Duration.ofSeconds(120))
        .ignoreExceptions()
        .until(
            () -> {
              Map<TopicPartition, OffsetAndMetadata> moved = new HashMap<>();
              for (TopicPartition partition : partitions) {
                moved.put(partition, new OffsetAndMetadata(partition.partition() == 0 ? 0 : 900));
              }
              admin.alterConsumerGroupOffsets("connect-" + SINK, moved).all().get();
              return true;
            });
  }

  private long count(String table) {
    String there = way.targetValue("SELECT to_regclass('" + table + "')::text");
    return there == null
        ? 0
        : Long.parseLong(way.targetValue("SELECT count(*)::text FROM " + table));
  }

  private long deadLetters(Admin admin) throws Exception {
    TopicPartition dead = new TopicPartition(DEAD, 0);
    return admin
        .listOffsets(Map.of(dead, OffsetSpec.latest()))
        .partitionResult(dead)
        .get()
        .offset();
  }
}
