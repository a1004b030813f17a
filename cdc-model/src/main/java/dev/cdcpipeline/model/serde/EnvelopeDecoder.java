package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;

/**
 * Decodes Debezium's change events as they lie on a change topic. A reader is compiled for each
 * schema version a record was written with; it walks the Avro binary straight into the row.
 *
 * <p>Not thread-safe: one for each task or thread. The registry may be shared.
 */
public final class EnvelopeDecoder {
  private static final String WHAT = "change event";

  private final SchemaReaders<EnvelopeReader> readers;
  private final AvroInput in = new AvroInput();

  private EnvelopeDecoder(SchemaReaders<EnvelopeReader> readers) {
    this.readers = readers;
  }

  /** A decoder for any table, with all columns. */
  public static EnvelopeDecoder ofRows(SchemaRegistry registry, DecoderOptions options) {
    return new EnvelopeDecoder(
        new SchemaReaders<>(registry, schema -> new EnvelopeReader(schema, options)));
  }

  /**
   * Decodes the value of a record.
   *
   * @param value the bytes, or null for a tombstone
   * @return the event, or null for a tombstone
   * @throws DecodeException if the bytes are no change event; the message says where the record is,
   *     which field is wrong and what to do
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away;
   *     the record may be decoded later
   */
  public ChangeEvent<Row> decode(String topic, int partition, long offset, byte[] value) {
    if (value == null) {
      return null;
    }
    try {
      return decode(value);
    } catch (MalformedException e) {
      throw DecodeException.at(topic, partition, offset, WHAT, e);
    }
  }

  /** As {@link #decode(String, int, long, byte[])}, where partition and offset are not known. */
  public ChangeEvent<Row> decode(String topic, byte[] value) {
    if (value == null) {
      return null;
    }
    try {
      return decode(value);
    } catch (MalformedException e) {
      throw DecodeException.in(topic, WHAT, e);
    }
  }

  /**
   * The columns that rows have in changes of a record's schema, whether it has a row or not.
   *
   * @param value the bytes of a change event
   * @throws DecodeException if the bytes are no change event
   * @throws RegistryUnavailableException if the schema is not known yet and the registry is away
   */
  public RowType rowType(String topic, int partition, long offset, byte[] value) {
    try {
      return readers.forRecord(value).rowType();
    } catch (MalformedException e) {
      throw DecodeException.at(topic, partition, offset, WHAT, e);
    }
  }

  private ChangeEvent<Row> decode(byte[] value) {
    EnvelopeReader reader = readers.forRecord(value);
    in.reset(value, WireFormat.HEADER_BYTES);
    try {
      return reader.read(in);
    } finally {
      in.release();
    }
  }
}
