package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.ValueTarget;
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
  private final SchemaReaders<GenericReader> readers;
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

  private static GenericReader compile(Schema schema, DecoderOptions options, String bareName) {
    ReaderCompiler compiler = new ReaderCompiler(options);
    return schema.getType() == Schema.Type.RECORD
        ? compiler.row(schema)
        : new BareReader(ColumnTypes.column(bareName, schema, Map.of()), compiler.bare(schema));
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
      GenericReader reader = readers.forRecord(bytes);
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

  /**
   * The columns of the rows that a key or value holds: the same object for the same schema id.
   * Looks at the id alone.
   *
   * @param bytes not null
   * @throws DecodeException if the bytes are not framed, or their schema describes no row
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away
   */
  public RowType type(String topic, int partition, long offset, byte[] bytes) {
    try {
      return readers.forRecord(bytes).type();
    } catch (MalformedException e) {
      throw DecodeException.at(topic, partition, offset, what, e);
    }
  }

  /**
   * Decodes a key or value into targets, without making a row.
   *
   * @param bytes not null
   * @param targets one for each column of {@link #type}; null for one that is skipped. After an
   *     exception some of them have a value
   * @throws DecodeException if the bytes do not hold what their schema says
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away
   */
  public void decode(
      String topic, int partition, long offset, byte[] bytes, ValueTarget[] targets) {
    try {
      GenericReader reader = readers.forRecord(bytes);
      in.reset(bytes, WireFormat.HEADER_BYTES);
      reader.read(in, targets);
      in.expectEnd();
    } catch (MalformedException e) {
      throw DecodeException.at(topic, partition, offset, what, e);
    } finally {
      in.release();
    }
  }

  /** Reads a value that is no record as the only column of a row. */
  private static final class BareReader extends GenericReader {
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
    RowType type() {
      return type;
    }

    @Override
    void read(AvroInput in, ValueTarget[] targets) {
      if (targets[0] == null) {
        value.skip(in);
      } else {
        value.read(in, targets[0]);
      }
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
