package dev.cdcpipeline.debezium;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Keeps the begin of a transaction back until a change of it is there, so that no poll ends with
 * it.
 *
 * <p>What a poll ends with is the offset that is committed, and from which the connector goes on
 * after a restart. Debezium 3.6 writes the transaction's commit LSN into the offset of its begin,
 * as the place that it has processed: with that it takes all changes of the transaction for
 * processed and never delivers them, and says so to nobody. The offset of a change has the change's
 * own place. Not thread-safe.
 */
final class WholeBegins {
  private static final String MESSAGE_TYPE = "messageType";
  private static final String BEGIN = "BEGIN";

  private final List<SourceRecord> held = new ArrayList<>();

  /** What was kept back, and the records polled, up to the last whose offset is no begin's. */
  List<SourceRecord> of(List<SourceRecord> polled) {
    List<SourceRecord> records = new ArrayList<>(held.size() + polled.size());
    records.addAll(held);
    records.addAll(polled);
    held.clear();
    int end = records.size();
    while (end > 0 && isAtBegin(records.get(end - 1))) {
      end--;
    }
    List<SourceRecord> tail = records.subList(end, records.size());
    held.addAll(tail);
    tail.clear();
    return records;
  }

  /** Forgets what is kept back: it is read again, from the offset before it. */
  void clear() {
    held.clear();
  }

  private static boolean isAtBegin(SourceRecord rec) {
    Map<String, ?> offset = rec.sourceOffset();
    return offset != null && BEGIN.equals(offset.get(MESSAGE_TYPE));
  }
}
