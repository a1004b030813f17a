package dev.cdcpipeline.converter;

import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.RegistryRefusedException;
import dev.cdcpipeline.model.serde.RegistryUnavailableException;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import io.apicurio.registry.utils.converter.avro.AvroData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.storage.Converter;

/**
 * Connect data as Avro in the Confluent wire format: the schemas are those that Apicurio's (and
 * Confluent's) Avro converter registers, the values are written straight from Connect's structs.
 *
 * <p>Unlike the library's converter it keeps SQL NULL: there a null in a nullable column that has a
 * default is written as the default.
 *
 * <p>Settings: {@code schema.registry.url} and the other keys of {@link RegistryOptions}. Not
 * thread-safe, as Connect uses it from one thread; bytes that were returned are never touched
 * again.
 */
public final class EnvelopeAvroConverter implements Converter {
  private static final byte MAGIC = 0;
  private static final int HEADER = 5;
  private static final int INCOMPATIBLE = 409;

  /** A schema object that is made anew for every record would fill the cache. */
  private static final int CACHED_SCHEMAS = 1_000;

  private final AvroData schemas = new AvroData(CACHED_SCHEMAS);
  private final Map<String, Map<Schema, RecordEncoder>> encoders = new HashMap<>();
  private final Map<Integer, org.apache.avro.Schema> written = new HashMap<>();
  private SchemaRegistry registry;
  private String suffix = "-value";

  public EnvelopeAvroConverter() {}

  EnvelopeAvroConverter(SchemaRegistry registry, boolean isKey) {
    this.registry = registry;
    this.suffix = isKey ? "-key" : "-value";
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    suffix = isKey ? "-key" : "-value";
    registry = HttpSchemaRegistry.connect(RegistryOptions.of(configs));
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef()
        .define(
            "schema.registry.url",
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            ConfigDef.Importance.HIGH,
            "Base URL of the schema registry's Confluent API.");
  }

  /**
   * The record's bytes; null for null.
   *
   * @throws RetriableException the registry is away; the same record may be converted again
   * @throws DataException the registry refuses the schema, or the value does not fit its schema
   */
  @Override
  public byte[] fromConnectData(String topic, Schema schema, Object value) {
    if (value == null) {
      return null;
    }
    if (schema == null) {
      throw new DataException(
          "cannot write a value of topic "
              + topic
              + " as Avro: it has no schema; the connector must give one");
    }
    return encoder(topic, schema).encode(value);
  }

  private RecordEncoder encoder(String topic, Schema schema) {
    Map<Schema, RecordEncoder> ofTopic =
        encoders.computeIfAbsent(topic, t -> new IdentityHashMap<>());
    RecordEncoder encoder = ofTopic.get(schema);
    if (encoder == null) {
      if (ofTopic.size() >= CACHED_SCHEMAS) {
        ofTopic.clear();
      }
      org.apache.avro.Schema avro = schemas.fromConnectSchema(schema);
      encoder = new RecordEncoder(register(topic + suffix, avro), schema, avro);
      ofTopic.put(schema, encoder);
    }
    return encoder;
  }

  private int register(String subject, org.apache.avro.Schema avro) {
    try {
      return registry.register(subject, avro);
    } catch (RegistryUnavailableException e) {
      throw new RetriableException(
          "cannot register the schema of " + subject + " yet: " + e.getMessage(), e);
    } catch (RegistryRefusedException e) {
      throw new DataException(refusal(subject, e), e);
    } catch (KafkaException e) {
      throw new DataException(
          "cannot register the schema of " + subject + ": " + e.getMessage(), e);
    }
  }

  private static String refusal(String subject, RegistryRefusedException e) {
    String what = "cannot register the schema of " + subject + ": " + e.getMessage();
    return e.status() != INCOMPATIBLE
        ? what
        : what
            + "; the table was changed in a way that other readers of the topic may not stand. If"
            + " they can, set the subject's compatibility to NONE, restart this task, and set it"
            + " back: nothing is lost meanwhile (docs/schema-evolution.md)";
  }

  /**
   * Connect data of bytes in the Confluent wire format.
   *
   * @throws RetriableException the registry is away; the same bytes may be converted again
   * @throws DataException the bytes are no such record
   */
  @Override
  public SchemaAndValue toConnectData(String topic, byte[] value) {
    if (value == null) {
      return SchemaAndValue.NULL;
    }
    if (value.length < HEADER || value[0] != MAGIC) {
      throw new DataException(
          "a record of %s is not in the Confluent wire format: %s"
              .formatted(
                  topic,
                  value.length < HEADER
                      ? "it has " + value.length + " bytes"
                      : "it begins with byte " + value[0]));
    }
    int id = ByteBuffer.wrap(value).getInt(1);
    try {
      org.apache.avro.Schema writer = written.computeIfAbsent(id, registry::schemaById);
      return schemas.toConnectData(writer, datum(writer, value));
    } catch (RegistryUnavailableException e) {
      throw new RetriableException(
          "cannot read schema " + id + " of topic " + topic + " yet: " + e.getMessage(), e);
    } catch (ConnectException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          "cannot read a record of %s that was written with schema %d: %s".formatted(topic, id, e),
          e);
    }
  }

  private static Object datum(org.apache.avro.Schema writer, byte[] value) throws IOException {
    if (writer.getType() == org.apache.avro.Schema.Type.BYTES) {
      // Confluent's format has no length before bytes that are a whole key or value
      return Arrays.copyOfRange(value, HEADER, value.length);
    }
    return new GenericDatumReader<>(writer)
        .read(null, DecoderFactory.get().binaryDecoder(value, HEADER, value.length - HEADER, null));
  }

  @Override
  public void close() {
    if (registry != null) {
      registry.close();
    }
  }
}
