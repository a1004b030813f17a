package dev.cdcpipeline.model.serde;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.avro.Schema;

/**
 * What was compiled for each schema id, so that a schema is asked for and compiled once. Not
 * thread-safe.
 */
final class SchemaReaders<T> {
  private final SchemaRegistry registry;
  private final Function<Schema, T> compiler;
  private final Map<Integer, T> readers = new HashMap<>();
  private int lastId = -1;
  private T last;

  SchemaReaders(SchemaRegistry registry, Function<Schema, T> compiler) {
    this.registry = registry;
    this.compiler = compiler;
  }

  /**
   * The reader for the schema a record was written with.
   *
   * @throws MalformedException if the record is not framed, or its schema is unknown, too large or
   *     cannot be read so
   * @throws RegistryUnavailableException if the schema is needed now and the registry is away
   */
  T forRecord(byte[] record) {
    int id = WireFormat.schemaId(record);
    if (id == lastId && last != null) {
      return last;
    }
    T reader = readers.get(id);
    if (reader == null) {
      reader = compile(id);
      readers.put(id, reader);
    }
    lastId = id;
    last = reader;
    return reader;
  }

  private T compile(int id) {
    Schema schema;
    try {
      schema = registry.schemaById(id);
    } catch (UnknownSchemaException e) {
      throw new MalformedException(
          e.getMessage(), "check that it is the registry the producer uses");
    }
    return compiler.apply(SchemaLimits.check(schema));
  }
}
