package dev.cdcpipeline.model.serde;

import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;

/**
 * Decodes bytes in the Confluent wire format into Avro's own generic data, together with the schema
 * they were written with.
 *
 * <p>Not thread-safe: one for each task or thread.
 */
public final class GenericDecoder {
  private final SchemaReaders<CheckedReader> readers;

  /** Decodes what was written with this registry's schemas. */
  public GenericDecoder(SchemaRegistry registry) {
    this.readers =
        new SchemaReaders<>(
            registry, schema -> new CheckedReader(schema, new GenericDatumReader<>(schema)));
  }

  /**
   * A value with its schema.
   *
   * @param schema what the value was written with
   * @param value as {@link GenericDatumReader} represents it
   */
  public record Datum(Schema schema, Object value) {}

  /**
   * Decodes a key or a value.
   *
   * @param bytes not null
   * @throws DecodeException if the bytes do not hold what their schema says
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away;
   *     the same bytes may be decoded later
   */
  public Datum decode(String topic, byte[] bytes) {
    try {
      CheckedReader reader = readers.forRecord(bytes);
      return new Datum(reader.writer(), reader.read(bytes));
    } catch (MalformedException e) {
      throw DecodeException.in(topic, "record", e);
    }
  }
}
