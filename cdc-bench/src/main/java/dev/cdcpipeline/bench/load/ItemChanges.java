package dev.cdcpipeline.bench.load;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.converter.EnvelopeAvroConverter;
import java.math.BigDecimal;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/**
 * Changes of order items and products in their change topics, with the bytes and in the partitions
 * that the source connector would write them. Not thread-safe.
 */
public final class ItemChanges implements AutoCloseable {
  private static final Schema ITEM =
      SchemaBuilder.struct()
          .name("shop.public.order_items.Value")
          .optional()
          .field("item_id", SchemaBuilder.int32().defaultValue(0).build())
          .field("order_id", Schema.OPTIONAL_INT32_SCHEMA)
          .field("product_id", Schema.OPTIONAL_INT32_SCHEMA)
          .field("quantity", Schema.INT32_SCHEMA)
          .field(
              "unit_price", Decimal.builder(2).parameter("connect.decimal.precision", "10").build())
          .build();
  private static final Schema PRODUCT =
      SchemaBuilder.struct()
          .name("shop.public.products.Value")
          .optional()
          .field("product_id", SchemaBuilder.int32().defaultValue(0).build())
          .field("sku", Schema.STRING_SCHEMA)
          .field("name", Schema.STRING_SCHEMA)
          .field("category", Schema.OPTIONAL_STRING_SCHEMA)
          .build();
  private static final Schema ITEM_KEY = key("order_items", "item_id");
  private static final Schema PRODUCT_KEY = key("products", "product_id");

  private final EnvelopeAvroConverter keys = new EnvelopeAvroConverter();
  private final EnvelopeAvroConverter values = new EnvelopeAvroConverter();
  private final DebeziumStructs items = new DebeziumStructs("order_items", ITEM);
  private final DebeziumStructs products = new DebeziumStructs("products", PRODUCT);
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final int partitions;
  private long number = 3;

  /**
   * @param partitions of each change topic
   */
  public ItemChanges(Endpoints endpoints, int partitions) {
    this.partitions = partitions;
    Map<String, String> registry = Map.of("schema.registry.url", endpoints.registryUrl());
    keys.configure(registry, true);
    values.configure(registry, false);
    producer =
        new KafkaProducer<>(
            endpoints.kafkaClient(
                Map.of(
                    ProducerConfig.LINGER_MS_CONFIG,
                    "5",
                    ProducerConfig.BATCH_SIZE_CONFIG,
                    "262144",
                    ProducerConfig.COMPRESSION_TYPE_CONFIG,
                    "lz4")),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  private static Schema key(String table, String column) {
    return SchemaBuilder.struct()
        .name("shop.public." + table + ".Key")
        .field(column, SchemaBuilder.int32().defaultValue(0).build())
        .build();
  }

  /** Products with ids from 1. */
  public void insertProducts(int count) {
    for (int id = 1; id <= count; id++) {
      Struct row =
          new Struct(PRODUCT)
              .put("product_id", id)
              .put("sku", "SKU-" + id)
              .put("name", "Product " + id)
              .put("category", "Category " + id % 20);
      send(
          "products",
          id,
          new Struct(PRODUCT_KEY).put("product_id", id),
          PRODUCT_KEY,
          products.event("c", number++, row));
    }
    producer.flush();
    if (failure.get() != null) {
      throw new IllegalStateException("cannot write changes", failure.get());
    }
  }

  /**
   * Changes of items, two an order.
   *
   * @param operation {@code c} or {@code u}
   * @param firstId the first item; the others follow
   * @param shop how many products there are
   * @param quantity of each item
   */
  public void changeItems(String operation, int firstId, int count, int shop, int quantity) {
    for (int id = firstId; id < firstId + count; id++) {
      Struct row =
          new Struct(ITEM)
              .put("item_id", id)
              .put("order_id", id / 2)
              .put("product_id", 1 + (int) (id * 7919L % shop))
              .put("quantity", quantity)
              .put("unit_price", BigDecimal.valueOf(100 + id % 9_900, 2));
      send(
          "order_items",
          id,
          new Struct(ITEM_KEY).put("item_id", id),
          ITEM_KEY,
          items.event(operation, number++, row));
    }
    producer.flush();
    if (failure.get() != null) {
      throw new IllegalStateException("cannot write changes", failure.get());
    }
  }

  /** A key goes where the source connector's routing by its fields puts it. */
  @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of a failure
  private void send(String table, int id, Struct key, Schema keySchema, Struct event) {
    String topic = "shop.public." + table;
    producer.send(
        new ProducerRecord<>(
            topic,
            id % partitions,
            keys.fromConnectData(topic, keySchema, key),
            values.fromConnectData(topic, event.schema(), event)),
        (metadata, e) -> failure.compareAndSet(null, e));
  }

  @Override
  public void close() {
    producer.close();
    keys.close();
    values.close();
  }
}
