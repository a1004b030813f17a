package dev.cdcpipeline.converter;

import dev.cdcpipeline.model.serde.DecodeException;
import dev.cdcpipeline.model.serde.GenericDecoder;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.RegistryRefusedException;
import dev.cdcpipeline.model.serde.RegistryUnavailableException;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import io.apicurio.registry.utils.converter.avro.AvroData;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
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
  private static final int INCOMPATIBLE = 409;

  /** A schema object that is made anew for every record would fill the cache. */
  private static final int CACHED_SCHEMAS = 1_000;

  private final AvroData schemas = new AvroData(CACHED_SCHEMAS);
  private final Map<String, Map<Schema, RecordEncoder>> encoders = new HashMap<>();
  private SchemaRegistry registry;
  private GenericDecoder decoder;
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
            + " they can, set the compatibility to NONE (the subject's; Apicurio 2 heeds the"
            + " registry's own alone, PUT …/config), restart this task, and set it back: nothing is"
            + " lost meanwhile (docs/schema-evolution.md)";
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
    try {
      GenericDecoder.Datum datum = decoder().decode(topic, value);
      return schemas.toConnectData(datum.schema(), datum.value());
    } catch (RegistryUnavailableException e) {
      throw new RetriableException(
          "cannot read the schema of a record of " + topic + " yet: " + e.getMessage(), e);
    } catch (DecodeException e) {
      throw new DataException(e.getMessage(), e);
    } catch (ConnectException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new DataException(
          "[" + topic + "] cannot read a record as Connect's data: " + e.getMessage(), e);
    }
  }

  private GenericDecoder decoder() {
    if (decoder == null) {
      decoder = new GenericDecoder(registry);
    }
    return decoder;
  }

  @Override
  public void close() {
    if (registry != null) {
      registry.close();
    }
  }
}
