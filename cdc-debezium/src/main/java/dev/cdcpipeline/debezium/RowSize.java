package dev.cdcpipeline.debezium;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * What is read of a change event without knowing its table: about how large it is, its operation
 * and LSN.
 */
final class RowSize {
  private static final int FIXED = 200;
  private static final int FIELD = 16;

  private RowSize() {}

  /** About how many bytes of memory the rows of a change event take. */
  static long bytes(SourceRecord record) {
    return bytes(record, FIXED, FIELD);
  }

  private static long bytes(SourceRecord record, int fixed, int field) {
    return record.value() instanceof Struct envelope
        ? fixed + ofRow(envelope, "before", field) + ofRow(envelope, "after", field)
        : fixed;
  }

  /**
   * Hands the records on.
   *
   * @param limit how many bytes of texts and bytes the rows of a change may have; with more,
   *     Kafka's producer would refuse the record, after half a minute and without a table
   * @throws ConnectException a change has more
   */
  static List<SourceRecord> within(long limit, List<SourceRecord> records) {
    for (SourceRecord record : records) {
      long content = bytes(record, 0, 0);
      if (content > limit) {
        Struct source = struct((Struct) record.value(), "source");
        throw new ConnectException(
            "source connector: a change of %s.%s has rows of %d bytes, and its producer takes %d; raise producer.override.max.request.size of this connector, message.max.bytes of the broker and max.message.bytes of topic %s, or leave the column out with column.exclude.list; see docs/types.md"
                .formatted(
                    source.get("schema"), source.get("table"), content, limit, record.topic()));
      }
    }
    return records;
  }

  /** What the event says has happened, as a letter; null if the record is no change event. */
  static String operation(SourceRecord record) {
    return record.value() instanceof Struct envelope
            && envelope.schema().field("op") != null
            && envelope.get("op") instanceof String operation
        ? operation
        : null;
  }

  /** Where in the WAL the event was written; null if the record is no change event. */
  static Object lsn(SourceRecord record) {
    if (!(record.value() instanceof Struct envelope)) {
      return null;
    }
    Struct source = struct(envelope, "source");
    return source == null || source.schema().field("lsn") == null ? null : source.get("lsn");
  }

  private static long ofRow(Struct envelope, String side, int perField) {
    Struct row = struct(envelope, side);
    if (row == null) {
      return 0;
    }
    long bytes = 0;
    for (Field field : row.schema().fields()) {
      Object value = row.get(field);
      bytes += perField;
      if (value instanceof String text) {
        bytes += text.length();
      } else if (value instanceof byte[] raw) {
        bytes += raw.length;
      } else if (value instanceof ByteBuffer raw) {
        bytes += raw.remaining();
      }
    }
    return bytes;
  }

  private static Struct struct(Struct envelope, String name) {
    Field field = envelope.schema().field(name);
    return field != null && field.schema().type() == Schema.Type.STRUCT
        ? (Struct) envelope.get(field)
        : null;
  }
}
