package dev.cdcpipeline.bench.jmh;

import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Change events of the table {@code orders}, encoded as Debezium and the Avro converter leave them
 * on a topic: Confluent wire format, about 210 bytes, an update under REPLICA IDENTITY DEFAULT, so
 * {@code before} is null. The same for the same seed.
 */
final class OrderEnvelopes {
  static final String TOPIC = "shop.public.orders";

  private static final String[] STATUSES = {"pending", "processing", "shipped", "delivered"};
  private static final long FIRST_LSN = 0x1_6B37_4D48L;
  private static final long START_MICROS = 1_767_225_600_000_000L;

  final Schema schema = readSchema();
  final SchemaRegistry registry = new InMemorySchemaRegistry();
  final int schemaId = registry.register(TOPIC + "-value", schema);
  final byte[][] values;

  /**
   * Encodes events.
   *
   * @param count how many
   * @param keys how many different orders they change
   */
  OrderEnvelopes(int count, int keys, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    GenericDatumWriter<GenericRecord> writer = new GenericDatumWriter<>(schema);
    values = new byte[count][];
    for (int i = 0; i < count; i++) {
      values[i] = encode(writer, envelope(random, i, keys));
    }
  }

  private static Schema readSchema() {
    try (InputStream in = OrderEnvelopes.class.getResourceAsStream("orders-envelope.avsc")) {
      return new Schema.Parser().parse(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read orders-envelope.avsc", e);
    }
  }

  private GenericRecord envelope(SplittableRandom random, int i, int keys) {
    long micros = START_MICROS + i * 100L;
    GenericRecord row = new GenericData.Record(schema.getField("after").schema().getTypes().get(1));
    row.put("order_id", 1 + random.nextInt(keys));
    row.put("customer_id", 1 + random.nextInt(10_000));
    row.put("order_status", STATUSES[random.nextInt(STATUSES.length)]);
    BigDecimal total = BigDecimal.valueOf(random.nextInt(100, 100_000), 2);
    row.put("total_amount", ByteBuffer.wrap(total.unscaledValue().toByteArray()));
    row.put("shipping_address", random.nextInt(1, 999) + " Main Street, Springfield");
    row.put("created_at", micros - 60_000_000L);
    row.put("updated_at", micros);

    long lsn = FIRST_LSN + i * 96L;
    GenericRecord source = new GenericData.Record(schema.getField("source").schema());
    source.put("version", "3.6.0.Final");
    source.put("connector", "postgresql");
    source.put("name", "shop");
    source.put("ts_ms", micros / 1000);
    source.put("snapshot", "false");
    source.put("db", "shop");
    source.put("sequence", "[\"" + (lsn - 480) + "\",\"" + lsn + "\"]");
    source.put("ts_us", micros);
    source.put("ts_ns", micros * 1000);
    source.put("schema", "public");
    source.put("table", "orders");
    source.put("txId", 750L + i / 3);
    source.put("lsn", lsn);

    GenericRecord block =
        new GenericData.Record(schema.getField("transaction").schema().getTypes().get(1));
    block.put("id", (750L + i / 3) + ":" + lsn);
    block.put("total_order", 1L + i % 3);
    block.put("data_collection_order", 1L + i % 3);

    GenericRecord envelope = new GenericData.Record(schema);
    envelope.put("after", row);
    envelope.put("source", source);
    envelope.put("transaction", block);
    envelope.put("op", "u");
    envelope.put("ts_ms", micros / 1000 + 5);
    envelope.put("ts_us", micros + 5000);
    envelope.put("ts_ns", (micros + 5000) * 1000);
    return envelope;
  }

  private byte[] encode(GenericDatumWriter<GenericRecord> writer, GenericRecord envelope) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    bytes.write(0);
    bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(schemaId).array());
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
    try {
      writer.write(envelope, encoder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode " + envelope, e);
    }
    return bytes.toByteArray();
  }
}
