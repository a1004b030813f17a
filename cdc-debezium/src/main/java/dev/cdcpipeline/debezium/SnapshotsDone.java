package dev.cdcpipeline.debezium;

import io.debezium.pipeline.spi.OffsetContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Stores with the connector's offsets which signals for incremental snapshots are finished. Who
 * sent a signal with an {@code id} finds it, in {@link #OFFSET_KEY}, once every row that it asked
 * for is in its topic; a snapshot of one chunk may begin and end between two looks at the offsets,
 * which say that it runs only while it does.
 *
 * <p>Not thread-safe.
 */
final class SnapshotsDone {
  /** Key of the offset: the ids of the last signals that are finished, separated by spaces. */
  static final String OFFSET_KEY = "snapshot_signals_done";

  private static final String TOPIC = "cdc.snapshot.signal.done";
  private static final int REMEMBERED = 20;
  private static final String SEPARATOR = " ";

  private static final Schema SOURCE =
      SchemaBuilder.struct().field("snapshot", Schema.STRING_SCHEMA).build();
  private static final Schema VALUE =
      SchemaBuilder.struct().field("op", Schema.STRING_SCHEMA).field("source", SOURCE).build();

  private final List<String> done;

  /**
   * @param start the offset from which the connector starts, null if there is none
   */
  SnapshotsDone(Map<String, ?> start) {
    Object stored = start == null ? null : start.get(OFFSET_KEY);
    done =
        stored == null
            ? new ArrayList<>()
            : new ArrayList<>(Arrays.asList(stored.toString().split(SEPARATOR)));
  }

  /**
   * A record that is queued behind the rows of a signal. It looks like one of them, so that
   * whatever holds them back holds it back, too, and is never written to a topic.
   *
   * @param id of the signal
   */
  static SourceRecord record(String id, Map<String, String> partition, OffsetContext offset) {
    Struct row =
        new Struct(VALUE)
            .put("op", "r")
            .put("source", new Struct(SOURCE).put("snapshot", "incremental"));
    return new SourceRecord(
        partition, offset.getOffset(), TOPIC, Schema.STRING_SCHEMA, id, VALUE, row);
  }

  /** The records without those of {@link #record}, the last of them with what is done. */
  List<SourceRecord> storedWith(List<SourceRecord> records) {
    List<SourceRecord> others = records;
    if (records.stream().anyMatch(SnapshotsDone::isSign)) {
      records.stream().filter(SnapshotsDone::isSign).forEach(this::note);
      others = new ArrayList<>(records);
      others.removeIf(SnapshotsDone::isSign);
    }
    if (done.isEmpty() || others.isEmpty()) {
      return others;
    }
    int last = others.size() - 1;
    SourceRecord record = others.get(last);
    if (record.sourceOffset() == null) {
      return others;
    }
    Map<String, Object> offset = new HashMap<>(record.sourceOffset());
    offset.put(OFFSET_KEY, String.join(SEPARATOR, done));
    List<SourceRecord> stored = new ArrayList<>(others);
    stored.set(last, new IdentityRecord(record, offset, record.headers()));
    return stored;
  }

  private void note(SourceRecord sign) {
    String id = sign.key().toString().replace(SEPARATOR, "_");
    done.remove(id);
    done.add(id);
    if (done.size() > REMEMBERED) {
      done.remove(0);
    }
  }

  private static boolean isSign(SourceRecord record) {
    return TOPIC.equals(record.topic());
  }
}
