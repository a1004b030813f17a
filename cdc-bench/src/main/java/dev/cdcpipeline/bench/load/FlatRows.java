package dev.cdcpipeline.bench.load;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntUnaryOperator;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Topics of flat Avro records with a key, in the Confluent wire format: a row of eight columns, as
 * any producer would write it. One partition each, so that the last record is the last one
 * everywhere.
 */
public final class FlatRows {
  /** The columns, as a table has them. */
  public static final String COLUMNS =
      "id bigint, seq integer NOT NULL, customer_id integer NOT NULL, status text NOT NULL,"
          + " total numeric(10,2) NOT NULL, address text, quantity integer NOT NULL,"
          + " created_at timestamp NOT NULL";

  private static final int SCALE = 2;
  private static final long START_MILLIS = 1_767_225_600_000L;
  private static final List<String> STATUSES =
      List.of("pending", "processing", "shipped", "delivered");

  private static final Schema KEY =
      SchemaBuilder.record("Key").namespace("bench").fields().requiredLong("id").endRecord();
  private static final Schema VALUE =
      SchemaBuilder.record("Value")
          .namespace("bench")
          .fields()
          .requiredLong("id")
          .requiredInt("seq")
          .requiredInt("customer_id")
          .requiredString("status")
          .name("total")
          .type(LogicalTypes.decimal(10, SCALE).addToSchema(Schema.create(Schema.Type.BYTES)))
          .noDefault()
          .optionalString("address")
          .requiredInt("quantity")
          .name("created_at")
          .type(LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG)))
          .noDefault()
          .endRecord();

  private final Endpoints endpoints;
  private final GenericDatumWriter<GenericRecord> keys = new GenericDatumWriter<>(KEY);
  private final GenericDatumWriter<GenericRecord> values = new GenericDatumWriter<>(VALUE);

  public FlatRows(Endpoints endpoints) {
    this.endpoints = endpoints;
  }

  /**
   * Creates a topic and fills it.
   *
   * @param count how many records
   * @param key the id of the record with a number
   * @param deletes whether the values are null
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of a failure
  public void fill(String topic, int count, IntUnaryOperator key, boolean deletes) {
    Map<String, Object> config =
        endpoints.kafkaClient(
            Map.of(
                ProducerConfig.LINGER_MS_CONFIG, "20", ProducerConfig.BATCH_SIZE_CONFIG, "262144"));
    try (Admin admin = Admin.create(config);
        SchemaRegistry registry =
            HttpSchemaRegistry.connect(RegistryOptions.of(endpoints.registryUrl()));
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      admin
          .createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty())))
          .all()
          .get();
      int keyId = registry.register(topic + "-key", KEY);
      int valueId = registry.register(topic + "-value", VALUE);
      AtomicReference<Exception> failure = new AtomicReference<>();
      for (int n = 0; n < count; n++) {
        int id = key.applyAsInt(n);
        producer.send(
            new ProducerRecord<>(
                topic,
                encode(keys, keyId, keyOf(id)),
                deletes ? null : encode(values, valueId, row(id, n))),
            (metadata, e) -> failure.compareAndSet(null, e));
      }
      producer.flush();
      if (failure.get() != null) {
        throw new IllegalStateException("cannot fill topic " + topic, failure.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot create topic " + topic, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while filling topic " + topic, e);
    }
  }

  private static GenericRecord keyOf(int id) {
    GenericRecord key = new GenericData.Record(KEY);
    key.put("id", (long) id);
    return key;
  }

  private static GenericRecord row(int id, int n) {
    GenericRecord row = new GenericData.Record(VALUE);
    row.put("id", (long) id);
    row.put("seq", n);
    row.put("customer_id", n % 10_000);
    row.put("status", STATUSES.get(n % STATUSES.size()));
    row.put(
        "total",
        ByteBuffer.wrap(BigDecimal.valueOf(100 + n % 99_999, SCALE).unscaledValue().toByteArray()));
    row.put("address", n % 999 + " Main Street, Springfield");
    row.put("quantity", n % 9);
    row.put("created_at", START_MILLIS + n * 10L);
    return row;
  }

  private static byte[] encode(
      GenericDatumWriter<GenericRecord> writer, int schemaId, GenericRecord record) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    bytes.write(0);
    bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(schemaId).array());
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
    try {
      writer.write(record, encoder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode " + record, e);
    }
    return bytes.toByteArray();
  }
}
