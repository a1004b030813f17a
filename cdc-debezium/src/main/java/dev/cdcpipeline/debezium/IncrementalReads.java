package dev.cdcpipeline.debezium;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Rows of an incremental snapshot that were queued within a source transaction, kept until its END.
 * If the rest of the transaction changes a row's key the row is dropped: the change says more.
 *
 * <p>Not thread-safe.
 */
final class IncrementalReads {
  private final Map<RowKey, SourceRecord> rows = new LinkedHashMap<>();

  /** Whether a record is such a row. */
  static boolean isRead(SourceRecord record) {
    return "r".equals(RowSize.operation(record))
        && ((Struct) record.value()).get("source") instanceof Struct source
        && source.schema().field("snapshot") != null
        && "incremental".equals(source.get("snapshot"));
  }

  /** Keeps a row. */
  void hold(SourceRecord row) {
    rows.put(RowKey.of(row), row);
  }

  /** Drops the rows that a streamed record changes. */
  void changed(SourceRecord record) {
    if (rows.isEmpty()) {
      return;
    }
    if ("t".equals(RowSize.operation(record))) {
      rows.keySet().removeIf(key -> key.topic().equals(record.topic()));
    } else {
      rows.remove(RowKey.of(record));
    }
  }

  /** Takes all rows, in the order in which they were read. */
  List<SourceRecord> takeAll() {
    List<SourceRecord> taken = List.copyOf(rows.values());
    rows.clear();
    return taken;
  }

  /** A row's table, by its topic, and key. */
  private record RowKey(String topic, Object key) {
    static RowKey of(SourceRecord record) {
      return new RowKey(record.topic(), record.key());
    }
  }
}
