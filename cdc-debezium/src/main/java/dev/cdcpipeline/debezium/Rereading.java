package dev.cdcpipeline.debezium;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Sends a TRUNCATE before the rows of each table of a snapshot that is not the first: rows that an
 * earlier attempt had read, and that were deleted or got another key since, are in the topics and
 * in no later event. It has the position of the new snapshot, no key, and {@code source.snapshot =
 * first}, which no TRUNCATE of the source has. Not thread-safe.
 */
final class Rereading {
  private final Set<String> tables = new HashSet<>();
  private boolean active;

  /**
   * @param active whether rows may have been sent before
   */
  Rereading(boolean active) {
    this.active = active;
  }

  /** The records, with the truncates that belong before them. */
  List<SourceRecord> withTruncates(List<SourceRecord> records) {
    if (!active || records.isEmpty()) {
      return records;
    }
    List<SourceRecord> all = new ArrayList<>(records.size() + 4);
    for (SourceRecord record : records) {
      if (active && isSnapshotRow(record)) {
        if (tables.add(record.topic())) {
          all.add(truncate(record));
        }
        active = RestartOffset.isInInitialSnapshot(record.sourceOffset());
      }
      all.add(record);
    }
    return all;
  }

  private static boolean isSnapshotRow(SourceRecord record) {
    return "r".equals(RowSize.operation(record));
  }

  private static SourceRecord truncate(SourceRecord row) {
    Struct read = (Struct) row.value();
    Struct truncate = new Struct(read.schema());
    for (Field field : read.schema().fields()) {
      switch (field.name()) {
        case "op" -> truncate.put(field, "t");
        case "source" -> truncate.put(field, source(read.getStruct("source")));
        case "ts_ms", "ts_us", "ts_ns" -> truncate.put(field, read.get(field));
        default -> {}
      }
    }
    return row.newRecord(
        row.topic(),
        row.kafkaPartition(),
        null,
        null,
        row.valueSchema(),
        truncate,
        row.timestamp(),
        row.headers());
  }

  private static Struct source(Struct of) {
    Struct source = new Struct(of.schema());
    for (Field field : of.schema().fields()) {
      source.put(field, field.name().equals("snapshot") ? "first" : of.get(field));
    }
    return source;
  }
}
