package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.Topics;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.shop.model.Command;
import dev.cdcpipeline.shop.model.EnvelopeWriter;
import dev.cdcpipeline.shop.model.HistoryCheck;
import dev.cdcpipeline.shop.model.HistoryCheck.Arrival;
import dev.cdcpipeline.shop.model.Oracle;
import dev.cdcpipeline.shop.model.ShopSchema;
import dev.cdcpipeline.shop.model.SimulatedSource;
import dev.cdcpipeline.shop.model.SourceEvent;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Twenty random histories through a real broker, three partitions and two instances of the
 * application, of which one is killed on the way: the results are those of the oracle. The
 * histories share the topics and have keys of their own, so that their transactions interleave.
 *
 * <p>Customers are placed by the bytes of their keys, which change when the key is widened; the
 * other tables by the key's fields, as the source connector does. {@code -Dcdc.histories.seed=N}
 * tries others.
 */
@ExtendWith(SharedStack.class)
class TopicWayHistoriesIT {
  private static final int HISTORIES = Integer.getInteger("cdc.histories", 20);
  private static final int STEPS = 40;
  private static final long SEED = Long.getLong("cdc.histories.seed", 1);
  private static final int PARTITIONS = 3;
  private static final String PREFIX = "histories";
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final TableWay way;

  TopicWayHistoriesIT(TableWay way) {
    this.way = way;
  }

  @Test
  void everyHistoryEndsInTheRightResultsThoughAnInstanceIsKilled() throws Exception {
    try (Oracle oracle =
        new Oracle(DriverManager.getConnection(way.stack().targetAdminJdbcUrl()))) {
      run(way.stack().endpoints(), oracle);
    }
  }

  static void run(Endpoints endpoints, Oracle oracle) throws Exception {
    // Given
    Random random = new Random(SEED);
    SimulatedSource source =
        SimulatedSource.run(Command.histories(random, HISTORIES, STEPS), random.nextBoolean());
    Map<String, TreeSet<String>> expected = oracle.results(source);
    createChangeTopics(endpoints);
    List<SourceEvent> arrivals = arrivals(source.events(), random);
    int half = arrivals.size() / 2;
    Path directory = Files.createTempDirectory(Path.of("target"), "histories-").toAbsolutePath();

    try (SchemaRegistry registry =
            HttpSchemaRegistry.connect(
                RegistryOptions.of(Map.of("schema.registry.url", endpoints.registryUrl())));
        StreamsInstance killed = StreamsInstance.start(directory, "a", PREFIX, endpoints);
        StreamsInstance other = StreamsInstance.start(directory, "b", PREFIX, endpoints);
        ResultTopicReader results = new ResultTopicReader(endpoints, PREFIX + ".", registry);
        Producer<byte[], byte[]> producer =
            new KafkaProducer<>(
                endpoints.kafkaClient(Map.of("linger.ms", "5")),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      killed.awaitRunning(LIMIT);
      other.awaitRunning(LIMIT);
      EnvelopeWriter envelopes = new EnvelopeWriter(registry);

      // When
      arrivals.subList(0, half).forEach(event -> send(producer, envelopes, event));
      producer.flush();
      Awaitility.await("the results of the first half begin to appear")
          .atMost(LIMIT)
          .until(() -> !results.log().isEmpty());
      killed.kill();
      arrivals.subList(half, arrivals.size()).forEach(event -> send(producer, envelopes, event));
      producer.flush();

      // Then
      Awaitility.await("all results are those of the oracle, seed " + SEED)
          .atMost(LIMIT)
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(
              () ->
                  assertThat(
                          HistoryCheck.difference(
                              expected, results, source.audit(), Arrival.BY_PARTITION))
                      .isNull());
    }
  }

  private static void createChangeTopics(Endpoints endpoints) {
    List<NewTopic> topics =
        ShopSchema.TABLES.stream()
            .map(
                table ->
                    new NewTopic(
                        PREFIX + ".public." + table, Optional.of(PARTITIONS), Optional.empty()))
            .toList();
    try (Admin admin = Admin.create(endpoints.kafkaClient())) {
      new Topics(topics).create(admin);
    }
  }

  /** The events of each table in their order, tables mixed at random. */
  private static List<SourceEvent> arrivals(List<SourceEvent> events, Random random) {
    Map<String, Queue<SourceEvent>> tables = new LinkedHashMap<>();
    events.forEach(
        event -> tables.computeIfAbsent(event.table(), t -> new ArrayDeque<>()).add(event));
    List<Queue<SourceEvent>> waiting = new ArrayList<>(tables.values());
    List<SourceEvent> arrivals = new ArrayList<>();
    while (!waiting.isEmpty()) {
      Queue<SourceEvent> table = waiting.get(random.nextInt(waiting.size()));
      for (int i = 1 + random.nextInt(20); i > 0 && !table.isEmpty(); i--) {
        arrivals.add(table.remove());
      }
      waiting.removeIf(Queue::isEmpty);
    }
    return arrivals;
  }

  private static void send(
      Producer<byte[], byte[]> producer, EnvelopeWriter envelopes, SourceEvent event) {
    // flushed by the caller; an event that did not arrive would be missed at the end
    Future<RecordMetadata> unused = producer.send(record(event, envelopes.write(event)));
  }

  private static ProducerRecord<byte[], byte[]> record(SourceEvent event, byte[] value) {
    String topic = PREFIX + ".public." + event.table();
    if (event.op().equals("t")) {
      return new ProducerRecord<>(topic, 0, null, value);
    }
    Map<String, Object> row = event.after() == null ? event.before() : event.after();
    long id = (Long) row.get(ShopSchema.key(event.table()));
    byte[] key = ByteBuffer.allocate(9).put((byte) (event.wide() ? 1 : 0)).putLong(id).array();
    Integer partition = event.table().equals("customers") ? null : Math.toIntExact(id % PARTITIONS);
    return new ProducerRecord<>(topic, partition, key, value);
  }
}
