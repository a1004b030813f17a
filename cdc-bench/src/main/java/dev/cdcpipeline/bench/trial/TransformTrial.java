package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.bench.load.ItemChanges;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import dev.cdcpipeline.model.analytics.ProductSales;
import dev.cdcpipeline.model.serde.ConfluentAvroSerde;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Order items to {@code product_sales} by Kafka Streams, exactly once, one instance. */
public final class TransformTrial implements Trial {
  private static final int PRODUCTS = 1_000;
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String RESULT = "product_sales";

  @Override
  public String name() {
    return "transform";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    bench.stopServers();
    bench.say("starting the stack");
    Path work = bench.work().resolve("transform");
    try (BareStack stack = BareStack.start(work, bench.plugins())) {
      Endpoints endpoints = stack.endpoints();
      createTopics(endpoints);
      try (JavaChild application =
              JavaChild.start(
                  List.of("-Xmx1g", "-XX:+UseSerialGC"),
                  ProductSalesApplication.class.getName(),
                  List.of(
                      kafkaSettings(endpoints, work).toString(),
                      endpoints.registryUrl(),
                      Files.createDirectories(work.resolve("state")).toString()),
                  work.resolve("application.log"));
          ItemChanges changes = new ItemChanges(endpoints, ProductSalesApplication.PARTITIONS);
          Sales sales = new Sales(endpoints, application)) {
        return measure(bench, changes, sales);
      }
    }
  }

  /** A file, because everyone can read a command line. */
  private static Path kafkaSettings(Endpoints endpoints, Path work) throws IOException {
    Properties settings = new Properties();
    settings.putAll(endpoints.kafkaClient());
    Path file =
        Files.createTempFile(
            work,
            "kafka-",
            ".properties",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (Writer writer = Files.newBufferedWriter(file)) {
      settings.store(writer, null);
    }
    return file;
  }

  private static void createTopics(Endpoints endpoints) throws InterruptedException, IOException {
    List<NewTopic> topics = new ArrayList<>();
    for (String topic : List.of("shop.detours.order_items", "shop.detours.products", RESULT)) {
      topics.add(
          new NewTopic(topic, Optional.of(ProductSalesApplication.PARTITIONS), Optional.empty()));
    }
    try (Admin admin = Admin.create(endpoints.kafkaClient())) {
      for (var created : admin.createTopics(topics).values().values()) {
        try {
          created.get();
        } catch (ExecutionException e) {
          if (!(e.getCause() instanceof TopicExistsException)) {
            throw new IOException("cannot create the topics", e.getCause());
          }
        }
      }
    }
  }

  private Outcome measure(Bench bench, ItemChanges changes, Sales sales) throws IOException {
    int count = bench.effort(200_000, 500_000);
    changes.insertProducts(PRODUCTS);
    int next = 1;
    long units = 0;
    int warmUp = count / 2;
    bench.say("warming up with %,d items", warmUp);
    changes.changeItems("c", next, warmUp, PRODUCTS, 2);
    next += warmUp;
    units += 2L * warmUp;
    sales.await(units);
    List<Double> inserts = new ArrayList<>();
    List<Double> updates = new ArrayList<>();
    for (int run = 1; run <= bench.effort(2, 3); run++) {
      units += 2L * count;
      inserts.add(timed(changes, sales, "c", next, count, 2, units));
      // one unit more of each
      units += count;
      updates.add(timed(changes, sales, "u", next, count, 3, units));
      next += count;
      bench.say(
          "run %d: new items %,.0f/s, changed items %,.0f/s",
          run, inserts.get(run - 1), updates.get(run - 1));
    }
    return report(bench, count, inserts, updates);
  }

  private static double timed(
      ItemChanges changes,
      Sales sales,
      String operation,
      int first,
      int count,
      int quantity,
      long units)
      throws IOException {
    long begin = System.nanoTime();
    changes.changeItems(operation, first, count, PRODUCTS, quantity);
    sales.await(units);
    return count / ((System.nanoTime() - begin) / 1e9);
  }

  private Outcome report(Bench bench, int count, List<Double> inserts, List<Double> updates) {
    Measured newItems = new Measured("changes/s", inserts);
    Table table =
        new Table(
            "%,d order items over %,d products to product_sales".formatted(count, PRODUCTS),
            "changes",
            "changes/s");
    table.row("new items", newItems);
    table.row("changed items: one retracted, one accumulated", new Measured("changes/s", updates));
    return bench.outcome(
        name(),
        "Transform: product sales by Kafka Streams",
        List.of(
            "The product's own class for the result runs alone as one instance, warm, under"
                + " `exactly_once_v2` with the application's settings and state on disk. Changes"
                + " are written with the source connector's bytes into its change topics of three"
                + " partitions. Timed from the first change written until a reader of committed"
                + " records sees results with all units in them; writing the changes is in the"
                + " time. The pure logic without Kafka is among the parts alone"
                + " (`ProductSalesBenchmark`)."),
        List.of(table),
        List.of(),
        List.of(Goal.atLeast("product sales under exactly_once_v2", 40_000, newItems)));
  }

  /** The result topic, read as any consumer would: the units of all products' latest rows. */
  private static final class Sales implements AutoCloseable {
    private final SchemaRegistry registry;
    private final KafkaConsumer<byte[], ProductSales> consumer;
    private final JavaChild application;
    private final Map<Long, Long> units = new HashMap<>();
    private long total;

    Sales(Endpoints endpoints, JavaChild application) {
      this.application = application;
      registry = HttpSchemaRegistry.connect(RegistryOptions.of(endpoints.registryUrl()));
      consumer =
          new KafkaConsumer<>(
              endpoints.kafkaClient(
                  Map.of(
                      ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                      "read_committed",
                      ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                      "5000")),
              new ByteArrayDeserializer(),
              ConfluentAvroSerde.ofValues(registry, ProductSales.class).deserializer());
      List<TopicPartition> partitions =
          consumer.partitionsFor(RESULT).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    }

    /** Waits until so many units have been sold. */
    void await(long wanted) throws IOException {
      long end = System.nanoTime() + LIMIT.toNanos();
      while (total != wanted) {
        for (ConsumerRecord<byte[], ProductSales> record : consumer.poll(POLL)) {
          ProductSales row = record.value();
          Long before = units.put(row.getProductId(), row.getUnitsSold());
          total += row.getUnitsSold() - (before == null ? 0 : before);
        }
        application.check();
        if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
          throw new IOException("of %,d units %,d have been counted".formatted(wanted, total));
        }
      }
    }

    @Override
    public void close() {
      consumer.close();
      registry.close();
    }
  }
}
