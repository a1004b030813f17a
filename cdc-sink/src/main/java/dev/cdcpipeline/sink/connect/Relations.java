package dev.cdcpipeline.sink.connect;

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
    return RecordHeaders.text(record, HEADER)
        .filter(text -> text.matches("[0-9]{1,10}"))
        .map(Long::parseLong)
        .orElse(0L);
  }
}
