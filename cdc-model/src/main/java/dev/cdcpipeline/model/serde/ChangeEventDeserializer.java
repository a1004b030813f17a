package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads change events off a topic, for a consumer or Kafka Streams. Thread-safe: each thread has a
 * decoder of its own.
 *
 * @param <R> what carries a row
 */
public final class ChangeEventDeserializer<R> implements Deserializer<ChangeEvent<R>> {
  private final ThreadLocal<EnvelopeDecoder<R>> decoders;

  private ChangeEventDeserializer(Supplier<EnvelopeDecoder<R>> decoder) {
    this.decoders = ThreadLocal.withInitial(decoder);
  }

  /** Events of any table. */
  public static ChangeEventDeserializer<Row> ofRows(
      SchemaRegistry registry, DecoderOptions options) {
    return new ChangeEventDeserializer<>(() -> EnvelopeDecoder.ofRows(registry, options));
  }

  /** Events of one table, with the columns that the projection wants. */
  public static <R> ChangeEventDeserializer<R> of(
      SchemaRegistry registry, DecoderOptions options, Projection<R> projection) {
    return new ChangeEventDeserializer<>(() -> EnvelopeDecoder.of(registry, options, projection));
  }

  /**
   * Reads an event.
   *
   * @return null for a tombstone
   * @throws DecodeException if the bytes are no change event; it cannot say at which offset
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away
   */
  @Override
  public ChangeEvent<R> deserialize(String topic, byte[] data) {
    return decoders.get().decode(topic, data);
  }
}
