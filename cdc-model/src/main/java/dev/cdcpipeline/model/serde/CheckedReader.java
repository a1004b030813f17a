package dev.cdcpipeline.model.serde;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;

/**
 * Reads records of one schema with one of Avro's own readers. A record is walked once before Avro
 * sees it: Avro makes room for what a record announces, which may be more than the record has.
 * Thread-safe.
 */
final class CheckedReader {
  private final Schema writer;
  private final ValueReader check;
  private final DatumReader<Object> reader;

  /**
   * Compiles a reader.
   *
   * @param writer a schema that {@link SchemaLimits} let pass: the time that Avro takes for it is
   *     that of all its types, wherever they are used
   */
  CheckedReader(Schema writer, DatumReader<Object> reader) {
    this.writer = writer;
    this.check = new ReaderCompiler(DecoderOptions.defaults()).bare(writer);
    this.reader = reader;
  }

  /** The schema that the records were written with. */
  Schema writer() {
    return writer;
  }

  /**
   * Reads what is behind the header of a framed record, as Avro's reader gives it.
   *
   * @throws MalformedException if the bytes do not hold what the schema says
   */
  Object read(byte[] data) {
    AvroInput in = new AvroInput();
    in.reset(data, WireFormat.HEADER_BYTES);
    check.skip(in);
    in.expectEnd();
    if (writer.getType() == Schema.Type.BYTES) {
      // Confluent's format has no length before bytes that are a whole key or value
      return ByteBuffer.wrap(Arrays.copyOfRange(data, WireFormat.HEADER_BYTES, data.length));
    }
    try {
      return reader.read(
          null,
          DecoderFactory.get()
              .binaryDecoder(
                  data, WireFormat.HEADER_BYTES, data.length - WireFormat.HEADER_BYTES, null));
    } catch (IOException | RuntimeException e) {
      // which exceptions Avro throws for a value that its reader refuses is not written anywhere
      throw new MalformedException(
          e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
  }
}
