package dev.cdcpipeline.debezium;

import java.nio.ByteBuffer;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
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
    return record.value() instanceof Struct envelope
        ? FIXED + ofRow(envelope, "before") + ofRow(envelope, "after")
        : FIXED;
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

  private static long ofRow(Struct envelope, String side) {
    Struct row = struct(envelope, side);
    if (row == null) {
      return 0;
    }
    long bytes = 0;
    for (Field field : row.schema().fields()) {
      Object value = row.get(field);
      bytes += FIELD;
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
