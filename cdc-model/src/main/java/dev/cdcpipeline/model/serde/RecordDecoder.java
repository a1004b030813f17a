package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * Decodes any Avro record, key or value, into a {@link Row}: what is on a result topic, or on any
 * topic that has no envelopes. A bare value becomes a row of one column, with the name given here.
 *
 * <p>Not thread-safe: one for each task or thread.
 */
public final class RecordDecoder {
  private final SchemaReaders<RecordReader<Row>> readers;
  private final AvroInput in = new AvroInput();
  private final String what;

  private RecordDecoder(SchemaRegistry registry, DecoderOptions options, String what) {
    this.readers = new SchemaReaders<>(registry, schema -> compile(schema, options, what));
    this.what = what;
  }

  /** A decoder of record keys; a bare key's only column is called {@code key}. */
  public static RecordDecoder ofKeys(SchemaRegistry registry, DecoderOptions options) {
    return new RecordDecoder(registry, options, "key");
  }

  /** A decoder of record values; a bare value's only column is called {@code value}. */
  public static RecordDecoder ofValues(SchemaRegistry registry, DecoderOptions options) {
    return new RecordDecoder(registry, options, "value");
  }

  private static RecordReader<Row> compile(Schema schema, DecoderOptions options, String bareName) {
    ReaderCompiler compiler = new ReaderCompiler(options);
    return schema.getType() == Schema.Type.RECORD
        ? compiler.row(schema)
        : new BareReader(ColumnTypes.column(bareName, schema, Map.of()), compiler.value(schema));
  }

  /**
   * Decodes a key or value.
   *
   * @param bytes may be null
   * @return the row, null for null
   * @throws DecodeException if the bytes do not hold what their schema says
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away
   */
  public Row decode(String topic, int partition, long offset, byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    try {
      RecordReader<Row> reader = readers.forRecord(bytes);
      in.reset(bytes, WireFormat.HEADER_BYTES);
      Row row = reader.read(in);
      in.expectEnd();
      return row;
    } catch (MalformedException e) {
      throw DecodeException.at(topic, partition, offset, what, e);
    } finally {
      in.release();
    }
  }

  /** Reads a value that is no record as the only column of a row. */
  private static final class BareReader extends RecordReader<Row> {
    private final RowType type;
    private final ValueReader value;

    BareReader(Column column, ValueReader value) {
      this.type = new RowType(List.of(column));
      this.value = value;
    }

    @Override
    Row read(AvroInput in) {
      return new Row(type, new Object[] {value.read(in)});
    }

    @Override
    void skip(AvroInput in) {
      value.skip(in);
    }

    @Override
    int minimumBytes() {
      return value.minimumBytes();
    }
  }
}
