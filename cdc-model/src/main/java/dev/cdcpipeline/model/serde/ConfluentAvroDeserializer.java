package dev.cdcpipeline.model.serde;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.Utf8;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads the Confluent wire format into generic records, records of generated classes, or bare
 * values: what {@link ConfluentAvroSerializer} or Confluent's own wrote.
 *
 * <p>A record is walked once before Avro's reader sees it, so that truncated or hostile bytes end
 * in a {@link DecodeException} before anything is allocated for them. Thread-safe once configured.
 *
 * @param <T> what is read
 */
public final class ConfluentAvroDeserializer<T> implements Deserializer<T> {
  private final Map<Integer, Reading> readings = new ConcurrentHashMap<>();
  private final Class<?> type;
  private SchemaRegistry registry;
  private boolean specific;
  private boolean key;

  /** How records of one schema are checked and read. */
  private record Reading(Schema writer, ValueReader check, DatumReader<Object> reader) {}

  /** For Kafka, which calls {@link #configure} next. */
  public ConfluentAvroDeserializer() {
    this.type = null;
  }

  /** Reads generic records. */
  public ConfluentAvroDeserializer(SchemaRegistry registry, boolean key) {
    this.type = null;
    this.registry = registry;
    this.key = key;
  }

  /** Reads records of one generated class, whatever schema version they were written with. */
  public <S extends SpecificRecord> ConfluentAvroDeserializer(
      SchemaRegistry registry, boolean key, Class<S> type) {
    this.type = type;
    this.registry = registry;
    this.key = key;
    this.specific = true;
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    AvroSerdeConfig config = new AvroSerdeConfig(configs);
    key = isKey;
    specific = type != null || config.getBoolean(AvroSerdeConfig.SPECIFIC_READER);
    if (registry == null) {
      registry = SchemaRegistry.connect(configs);
    }
  }

  /**
   * Reads a record.
   *
   * @return null for null
   * @throws DecodeException if the bytes do not hold what their schema says, or it cannot be read
   *     as the class asked for
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away
   */
  @Override
  public T deserialize(String topic, byte[] data) {
    if (data == null) {
      return null;
    }
    try {
      Reading reading = reading(WireFormat.schemaId(data));
      AvroInput in = new AvroInput();
      in.reset(data, WireFormat.HEADER_BYTES);
      reading.check().skip(in);
      in.expectEnd();
      @SuppressWarnings("unchecked") // what T is, the caller says by the class or the configuration
      T read = (T) read(reading, data);
      return read;
    } catch (MalformedException e) {
      throw DecodeException.in(topic, key ? "key" : "value", e);
    }
  }

  private static Object read(Reading reading, byte[] data) {
    if (reading.writer().getType() == Schema.Type.BYTES) {
      return Arrays.copyOfRange(data, WireFormat.HEADER_BYTES, data.length);
    }
    BinaryDecoder decoder =
        DecoderFactory.get()
            .binaryDecoder(
                data, WireFormat.HEADER_BYTES, data.length - WireFormat.HEADER_BYTES, null);
    try {
      Object value = reading.reader().read(null, decoder);
      if (value instanceof Utf8) {
        return value.toString();
      }
      return value instanceof ByteBuffer buffer ? bytes(buffer) : value;
    } catch (IOException
        | AvroRuntimeException
        | IndexOutOfBoundsException
        | ArithmeticException e) {
      throw new MalformedException(String.valueOf(e.getMessage()));
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private Reading reading(int id) {
    Reading known = readings.get(id);
    if (known != null) {
      return known;
    }
    Schema writer;
    try {
      writer = registry.schemaById(id);
    } catch (UnknownSchemaException e) {
      throw new MalformedException(
          e.getMessage(), "check that it is the registry the producer uses");
    }
    Reading reading =
        new Reading(
            writer, new ReaderCompiler(DecoderOptions.defaults()).bare(writer), reader(writer));
    readings.put(id, reading);
    return reading;
  }

  private DatumReader<Object> reader(Schema writer) {
    if (!specific || writer.getType() != Schema.Type.RECORD) {
      return new GenericDatumReader<>(writer);
    }
    Class<?> target = type == null ? SpecificData.get().getClass(writer) : type;
    if (target == null) {
      throw new MalformedException(
          "there is no class " + writer.getFullName(),
          "generate it, or set " + AvroSerdeConfig.SPECIFIC_READER + "=false");
    }
    Schema reader = SpecificData.get().getSchema(target);
    try {
      return new SpecificDatumReader<>(writer, reader, SpecificData.getForClass(target));
    } catch (AvroRuntimeException e) {
      throw new MalformedException("cannot be read as " + target.getName() + ": " + e.getMessage());
    }
  }

  /** Lets go of the registry's connection. */
  @Override
  public void close() {
    if (registry != null) {
      registry.close();
    }
  }
}
