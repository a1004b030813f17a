package dev.cdcpipeline.debezium;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Rows that an incremental snapshot read, kept until every commit that they may show was handed on.
 *
 * <p>Debezium reads a chunk while the stream is behind, and closes its window by transaction ids.
 * So a row may be that of a commit which is still to be streamed, and would be seen too early. Here
 * it waits until the stream is past a place in the WAL that was asked for after the row was read
 * ({@link #place}). If its key is changed meanwhile the row is dropped: the change says more.
 *
 * <p>Not thread-safe.
 */
final class IncrementalReads {
  private final int maxRecords;
  private final Deque<Chunk> placed = new ArrayDeque<>();

  private Chunk unplaced = new Chunk();
  private Map<String, ?> progress;
  private int size;

  /**
   * @param maxRecords how many rows are kept at most
   */
  IncrementalReads(int maxRecords) {
    this.maxRecords = maxRecords;
  }

  /** Whether a record is such a row. */
  static boolean isRead(SourceRecord record) {
    return "r".equals(RowSize.operation(record))
        && ((Struct) record.value()).get("source") instanceof Struct source
        && source.schema().field("snapshot") != null
        && "incremental".equals(source.get("snapshot"));
  }

  /**
   * Keeps a row.
   *
   * @param before the offset that a connector starts from which was not handed the row
   */
  void hold(SourceRecord row, Map<String, ?> before) {
    if (isEmpty()) {
      progress = before == null ? Map.of() : before;
    }
    SourceRecord earlier = unplaced.rows.put(RowKey.of(row), row);
    if (earlier == null) {
      size++;
    }
    unplaced.last = row;
  }

  /** Drops the rows that a streamed record changes. */
  void changed(SourceRecord record) {
    if (size == 0) {
      return;
    }
    boolean all = "t".equals(RowSize.operation(record));
    for (Chunk chunk : placed) {
      size -= chunk.drop(record, all);
    }
    size -= unplaced.drop(record, all);
  }

  /** Whether the place of some rows is not known yet. */
  boolean wantsPlace() {
    return unplaced.last != null;
  }

  /**
   * Says where the source's log ended after all rows kept so far had been read.
   *
   * @param lsn where the stream must have come before they are handed on; 0 for at once
   */
  void place(long lsn) {
    unplaced.lsn = lsn;
    placed.add(unplaced);
    unplaced = new Chunk();
  }

  /** Whether nothing is kept. */
  boolean isEmpty() {
    return unplaced.last == null && placed.isEmpty();
  }

  /** Whether so many rows are kept that they must be handed on wherever they are. */
  boolean isFull() {
    return size >= maxRecords;
  }

  /** A position with how far the snapshot has come by the rows that were handed on. */
  Map<String, Object> withProgress(Map<String, Object> position) {
    return isEmpty() || position == null
        ? position
        : RestartOffset.withIncrementalSnapshot(position, progress);
  }

  /**
   * Takes the rows whose place the stream has passed, in the order in which they were read, and
   * notes that the snapshot has come so far, by rows that were dropped, too.
   */
  List<SourceRecord> takeUpTo(long lsn) {
    List<SourceRecord> rows = new ArrayList<>();
    while (!placed.isEmpty() && placed.peek().lsn <= lsn) {
      take(placed.remove(), rows);
    }
    return rows;
  }

  /** Takes all rows. */
  List<SourceRecord> takeAll() {
    place(0);
    return takeUpTo(Long.MAX_VALUE);
  }

  /** How far the snapshot has come by the rows that were taken last. */
  Map<String, ?> progress() {
    return progress;
  }

  private void take(Chunk chunk, List<SourceRecord> rows) {
    rows.addAll(chunk.rows.values());
    size -= chunk.rows.size();
    if (chunk.last != null) {
      progress = chunk.last.sourceOffset();
    }
  }

  /** A row's table, by its topic, and key. */
  private record RowKey(String topic, Object key) {
    static RowKey of(SourceRecord record) {
      return new RowKey(record.topic(), record.key());
    }
  }

  /** Rows for which the same place was asked. */
  private static final class Chunk {
    private final Map<RowKey, SourceRecord> rows = new LinkedHashMap<>();
    private SourceRecord last;
    private long lsn;

    int drop(SourceRecord changed, boolean all) {
      int before = rows.size();
      if (all) {
        rows.keySet().removeIf(key -> key.topic().equals(changed.topic()));
      } else {
        rows.remove(RowKey.of(changed));
      }
      return before - rows.size();
    }
  }
}
