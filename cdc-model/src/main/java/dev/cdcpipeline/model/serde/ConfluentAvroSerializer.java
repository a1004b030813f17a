package dev.cdcpipeline.model.serde;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericContainer;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Writes generic and generated Avro records, and bare values, in the Confluent wire format; any
 * reader of {@code KafkaAvroSerializer}'s bytes reads them. Thread-safe once configured.
 *
 * @param <T> what is written: a record, or a String, number, boolean, byte[] or ByteBuffer
 */
public final class ConfluentAvroSerializer<T> implements Serializer<T> {
  /** A buffer that grew larger than this is not kept for the next record. */
  private static final int LARGEST_KEPT_BUFFER = 1 << 20;

  private static final Map<Class<?>, Schema> BARE =
      Map.of(
          String.class, Schema.create(Schema.Type.STRING),
          Integer.class, Schema.create(Schema.Type.INT),
          Long.class, Schema.create(Schema.Type.LONG),
          Float.class, Schema.create(Schema.Type.FLOAT),
          Double.class, Schema.create(Schema.Type.DOUBLE),
          Boolean.class, Schema.create(Schema.Type.BOOLEAN));

  private static final Schema BYTES = Schema.create(Schema.Type.BYTES);

  private final ThreadLocal<Buffer> buffers = ThreadLocal.withInitial(Buffer::new);
  private final Map<String, Map<Schema, Integer>> idsByTopic = new ConcurrentHashMap<>();
  private final Map<Schema, DatumWriter<Object>> writers = new ConcurrentHashMap<>();
  private SchemaRegistry registry;
  private SubjectNameStrategy strategy = SubjectNameStrategy.TOPIC;
  private boolean autoRegister = true;
  private boolean key;

  /** For Kafka, which calls {@link #configure} next. */
  public ConfluentAvroSerializer() {}

  /** Registers schemas under topic names in this registry. */
  public ConfluentAvroSerializer(SchemaRegistry registry, boolean key) {
    this.registry = registry;
    this.key = key;
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    AvroSerdeConfig config = new AvroSerdeConfig(configs);
    key = isKey;
    strategy = config.strategy(isKey);
    autoRegister = config.getBoolean(AvroSerdeConfig.AUTO_REGISTER);
    if (registry == null) {
      registry = SchemaRegistry.connect(configs);
    }
  }

  /**
   * Writes a record.
   *
   * @return null for null
   * @throws SerializationException if the record does not fit its schema, or the schema is not
   *     registered and may not be
   * @throws RegistryUnavailableException if the schema's id is not known yet and the registry is
   *     away
   * @throws RegistryRefusedException if the registry refuses the schema
   */
  @Override
  public byte[] serialize(String topic, T data) {
    if (data == null) {
      return null;
    }
    Schema schema = schemaOf(topic, data);
    int id = id(topic, schema);
    if (isBytes(data)) {
      return WireFormat.frame(id, bytes(data));
    }
    Buffer buffer = buffers.get();
    try {
      return buffer.write(id, writers.computeIfAbsent(schema, s -> writer(s, data)), data);
    } catch (AvroRuntimeException | ClassCastException | NullPointerException | IOException e) {
      throw new SerializationException(
          "cannot serialize the "
              + part()
              + " for topic "
              + topic
              + " as "
              + schema.getFullName()
              + ": "
              + e.getMessage(),
          e);
    } finally {
      buffer.reset();
    }
  }

  private String part() {
    return key ? "key" : "value";
  }

  private Schema schemaOf(String topic, Object data) {
    if (data instanceof GenericContainer container) {
      return container.getSchema();
    }
    if (isBytes(data)) {
      return BYTES;
    }
    Schema schema = BARE.get(data.getClass());
    if (schema == null) {
      throw new SerializationException(
          "cannot serialize the "
              + part()
              + " for topic "
              + topic
              + ": "
              + data.getClass().getName()
              + " has no Avro schema; write a record, a string, a number, a boolean or bytes");
    }
    return schema;
  }

  private static boolean isBytes(Object data) {
    return data instanceof byte[] || data instanceof ByteBuffer;
  }

  /** What is between a buffer's position and limit; neither moves. */
  private static byte[] bytes(Object data) {
    if (data instanceof byte[] bytes) {
      return bytes;
    }
    ByteBuffer buffer = ((ByteBuffer) data).duplicate();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static DatumWriter<Object> writer(Schema schema, Object data) {
    return data instanceof SpecificRecord
        ? new SpecificDatumWriter<>(schema, SpecificData.getForClass(data.getClass()))
        : new GenericDatumWriter<>(schema);
  }

  private int id(String topic, Schema schema) {
    Map<Schema, Integer> ids =
        idsByTopic.computeIfAbsent(String.valueOf(topic), t -> new ConcurrentHashMap<>());
    Integer known = ids.get(schema);
    if (known != null) {
      return known;
    }
    // not within computeIfAbsent: this may take as long as the registry is away
    String subject = strategy.subject(topic, key, schema);
    Schema shared = JavaProperties.without(schema);
    int id = autoRegister ? registry.register(subject, shared) : lookUp(subject, shared);
    ids.put(schema, id);
    return id;
  }

  private int lookUp(String subject, Schema schema) {
    OptionalInt id = registry.lookup(subject, schema);
    if (id.isEmpty()) {
      throw new SerializationException(
          "schema "
              + schema.getFullName()
              + " is not registered under "
              + subject
              + " in "
              + registry.describe()
              + "; register it, or set "
              + AvroSerdeConfig.AUTO_REGISTER
              + "=true");
    }
    return id.getAsInt();
  }

  /** Lets go of the registry's connection. */
  @Override
  public void close() {
    if (registry != null) {
      registry.close();
    }
  }

  /** What one thread writes into, record after record. */
  private static final class Buffer {
    private static final byte[] ROOM_FOR_HEADER = new byte[WireFormat.HEADER_BYTES];

    private ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    private BinaryEncoder encoder;

    byte[] write(int id, DatumWriter<Object> writer, Object datum) throws IOException {
      out.write(ROOM_FOR_HEADER);
      encoder = EncoderFactory.get().directBinaryEncoder(out, encoder);
      writer.write(datum, encoder);
      encoder.flush();
      byte[] record = out.toByteArray();
      WireFormat.writeHeader(record, id);
      return record;
    }

    void reset() {
      if (out.size() > LARGEST_KEPT_BUFFER) {
        out = new ByteArrayOutputStream(256);
      }
      out.reset();
    }
  }
}
