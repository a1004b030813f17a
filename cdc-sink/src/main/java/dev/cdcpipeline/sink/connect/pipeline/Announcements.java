package dev.cdcpipeline.sink.connect.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What our source connector says of a table that a snapshot reads: a TRUNCATE that is part of no
 * transaction, whose schema has the table's columns. A table without rows has no other record.
 */
public final class Announcements {
  /** The header with the names of the key's fields, separated by line feeds; empty for no key. */
  static final String KEY_HEADER = "cdc.key";

  private Announcements() {}

  /** The fields of the announced table's key; empty if the record is no announcement. */
  public static Optional<List<String>> keyOf(SinkRecord record) {
    return RecordHeaders.text(record, KEY_HEADER)
        .map(names -> names.isEmpty() ? List.of() : Arrays.asList(names.split("\n")));
  }
}
