package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.storm.stage.StormPipeline;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Orders tables to be read again while they are written to. */
final class IncrementalSnapshot implements Fault {
  private static final List<String> SHOP =
      List.of("customers", "products", "orders", "order_items");

  @Override
  public String name() {
    return "incremental-snapshot";
  }

  @Override
  public String description() {
    return "an incremental snapshot of one to three tables is ordered";
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    List<String> tables = new ArrayList<>(SHOP);
    tables.addAll(StormPipeline.TABLES);
    Collections.shuffle(tables, new Random(random.nextLong()));
    List<String> chosen = tables.subList(0, 1 + random.nextInt(3));
    String collections =
        chosen.stream().map(table -> "\"public." + table + "\"").collect(Collectors.joining(","));
    String signal =
        "{\"type\":\"execute-snapshot\",\"data\":{\"type\":\"INCREMENTAL\",\"data-collections\":[%s]}}"
            .formatted(collections);
    Moments.persist("order a snapshot", () -> order(stack, signal));
    return String.join(", ", chosen);
  }

  private static void order(StormStack stack, String signal) throws Exception {
    Map<String, Object> settings =
        stack
            .endpoints()
            .kafkaClient(
                Map.of(
                    ProducerConfig.MAX_BLOCK_MS_CONFIG, "5000",
                    ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "5000",
                    ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "10000"));
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>("shop.signal", "shop", signal)).get();
    }
  }
}
