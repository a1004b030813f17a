package dev.cdcpipeline.sink.connect;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The relation that a change is of, as our source connector says with the first change behind each
 * description of a table in the source's log.
 */
final class Relations {
  /** The header; its value is the source's {@code pg_class.oid}. */
  static final String HEADER = "cdc.relation";

  private Relations() {}

  /** The relation's oid, 0 where the record does not say. */
  static long of(SinkRecord record) {
    if (record.headers().isEmpty()) {
      return 0;
    }
    Header header = record.headers().lastWithName(HEADER);
    if (header == null) {
      return 0;
    }
    // depends on header.converter: the simple one gives a number, another may give bytes
    String text =
        header.value() instanceof byte[] bytes
            ? new String(bytes, StandardCharsets.UTF_8)
            : String.valueOf(header.value());
    return text.matches("[0-9]{1,10}") ? Long.parseLong(text) : 0;
  }
}
