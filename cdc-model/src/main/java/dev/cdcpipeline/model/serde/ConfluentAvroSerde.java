package dev.cdcpipeline.model.serde;

import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Avro records in the Confluent wire format, for Kafka Streams: named in its configuration, or made
 * here with a registry. Thread-safe.
 *
 * @param <T> the record
 */
public final class ConfluentAvroSerde<T> implements Serde<T> {
  private final ConfluentAvroSerializer<T> serializer;
  private final ConfluentAvroDeserializer<T> deserializer;

  /** For Kafka Streams, which calls {@link #configure} next. */
  public ConfluentAvroSerde() {
    this(new ConfluentAvroSerializer<>(), new ConfluentAvroDeserializer<>());
  }

  private ConfluentAvroSerde(
      ConfluentAvroSerializer<T> serializer, ConfluentAvroDeserializer<T> deserializer) {
    this.serializer = serializer;
    this.deserializer = deserializer;
  }

  /** Keys of a generated class. */
  public static <T extends SpecificRecord> ConfluentAvroSerde<T> ofKeys(
      SchemaRegistry registry, Class<T> type) {
    return of(registry, type, true);
  }

  /** Values of a generated class. */
  public static <T extends SpecificRecord> ConfluentAvroSerde<T> ofValues(
      SchemaRegistry registry, Class<T> type) {
    return of(registry, type, false);
  }

  private static <T extends SpecificRecord> ConfluentAvroSerde<T> of(
      SchemaRegistry registry, Class<T> type, boolean key) {
    return new ConfluentAvroSerde<>(
        new ConfluentAvroSerializer<>(registry, key),
        new ConfluentAvroDeserializer<>(registry, key, type));
  }

  /** Generic records, as keys or values. */
  public static ConfluentAvroSerde<GenericRecord> ofGeneric(SchemaRegistry registry, boolean key) {
    return new ConfluentAvroSerde<>(
        new ConfluentAvroSerializer<>(registry, key),
        new ConfluentAvroDeserializer<>(registry, key));
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    serializer.configure(configs, isKey);
    deserializer.configure(configs, isKey);
  }

  @Override
  public Serializer<T> serializer() {
    return serializer;
  }

  @Override
  public Deserializer<T> deserializer() {
    return deserializer;
  }

  @Override
  public void close() {
    serializer.close();
    deserializer.close();
  }
}
