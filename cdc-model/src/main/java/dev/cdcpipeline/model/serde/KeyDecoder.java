package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Row;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.avro.Schema;

/**
 * What a change event's key says: the names of the table's key columns, and their values.
 *
 * <p>Not thread-safe: one for each task or thread.
 */
public final class KeyDecoder {
  private final SchemaReaders<List<String>> names;
  private final RecordDecoder rows;

  public KeyDecoder(SchemaRegistry registry) {
    this.names = new SchemaReaders<>(registry, KeyDecoder::columns);
    this.rows = RecordDecoder.ofKeys(registry, DecoderOptions.defaults());
  }

  private static List<String> columns(Schema schema) {
    if (schema.getType() != Schema.Type.RECORD) {
      throw new MalformedException(
          "its schema is " + schema.getType() + ", expected a record of the key columns",
          "keep Debezium's key on the topic (no ExtractField on it)");
    }
    return schema.getFields().stream()
        .map(ColumnTypes::column)
        .map(Column::name)
        .collect(Collectors.toUnmodifiableList());
  }

  /**
   * Names of the key columns, in the order of the key's schema. Looks at the schema id alone: the
   * key's values may be anything.
   *
   * @return empty for a null key
   * @throws DecodeException if the key is not framed or its schema is no record
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away
   */
  public List<String> keyColumns(String topic, int partition, long offset, byte[] key) {
    if (key == null) {
      return List.of();
    }
    try {
      return names.forRecord(key);
    } catch (MalformedException e) {
      throw DecodeException.at(topic, partition, offset, "key", e);
    }
  }

  /** The key columns' values, null for a null key; throws as {@link #keyColumns} does. */
  public Row decode(String topic, int partition, long offset, byte[] key) {
    return rows.decode(topic, partition, offset, key);
  }
}
