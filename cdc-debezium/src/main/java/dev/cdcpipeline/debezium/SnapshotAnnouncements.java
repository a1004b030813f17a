package dev.cdcpipeline.debezium;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Announces the tables of a snapshot to those who read its rows.
 *
 * <ul>
 *   <li>A table without rows: nothing else says that it is there, which columns it has, and that
 *       rows of an earlier attempt are gone. It is announced before the snapshot's last row; if the
 *       snapshot has no row at all, before what is streamed first.
 *   <li>In a snapshot that is not the first, each table before its rows: rows that an earlier
 *       attempt had read, and that were deleted or got another key since, are in the topics and in
 *       no later event.
 * </ul>
 *
 * <p>An announcement is a TRUNCATE at the position of the snapshot, with no key and {@code
 * source.snapshot = first}, or {@code last} if nothing of the snapshot follows; no TRUNCATE of the
 * source has either. Header {@link #KEY_HEADER} names the columns of the table's key.
 *
 * <p>The first record of each table, an announcement or a row, says which relation it is. Not
 * thread-safe.
 */
final class SnapshotAnnouncements {
  /** Header of an announcement: names of the key's columns in order, separated by line feeds. */
  static final String KEY_HEADER = "cdc.key";

  private final Supplier<Collection<Captured>> captured;
  private final UnaryOperator<SourceRecord> described;
  private final boolean again;
  private final Identity identity;
  private final Set<String> topics = new HashSet<>();
  private boolean active;

  /**
   * A table that the snapshot reads.
   *
   * @param key the schema of its records' keys, null if it has none
   * @param envelope the schema of its change events
   * @param source values of the fields of {@code source} that don't depend on the snapshot
   */
  record Captured(String topic, Schema key, Schema envelope, Map<String, Object> source) {}

  /** Says in headers which relation a table is, and which its columns are. */
  interface Identity {
    /** Adds the headers, as {@link RelationWatch} has them. */
    void tell(String schema, String table, Headers headers);
  }

  /**
   * @param captured asked once, when the snapshot was read
   * @param described gives a record the schema that the table's other records have
   * @param again whether rows may have been sent before
   */
  SnapshotAnnouncements(
      Supplier<Collection<Captured>> captured,
      UnaryOperator<SourceRecord> described,
      boolean again,
      Identity identity) {
    this.captured = captured;
    this.described = described;
    this.again = again;
    this.identity = identity;
    this.active = true;
  }

  /** Where no snapshot is made. */
  static SnapshotAnnouncements none() {
    SnapshotAnnouncements none =
        new SnapshotAnnouncements(
            List::of, record -> record, false, (schema, table, headers) -> {});
    none.active = false;
    return none;
  }

  /** The records, with the announcements that belong before them. */
  List<SourceRecord> with(List<SourceRecord> records) {
    if (!active || records.isEmpty()) {
      return records;
    }
    List<SourceRecord> all = new ArrayList<>(records.size() + 4);
    for (SourceRecord record : records) {
      if (active) {
        announce(record, all);
      }
      all.add(record);
    }
    return all;
  }

  private void announce(SourceRecord record, List<SourceRecord> all) {
    if ("r".equals(RowSize.operation(record))) {
      Struct source = ((Struct) record.value()).getStruct("source");
      if (topics.add(record.topic())) {
        identity.tell(source.getString("schema"), source.getString("table"), record.headers());
        if (again) {
          all.add(announcement(record));
        }
      }
      if (!RestartOffset.isInInitialSnapshot(record.sourceOffset())) {
        active = false;
        announceEmpty(record, source.getInt64("lsn"), false, all);
      }
      return;
    }
    long streamedFrom = streamedFrom(record);
    if (streamedFrom > 0) {
      active = false;
      announceEmpty(record, streamedFrom, true, all);
    }
  }

  /** Where a snapshot without rows was taken, if a record is what follows it; else 0. */
  private static long streamedFrom(SourceRecord record) {
    if (TransactionBoundaries.isMarker(record)) {
      // txId:LSN of a transaction that committed behind the snapshot
      String id = ((Struct) record.value()).getString("id");
      return Long.parseLong(id.substring(id.indexOf(':') + 1)) - 1;
    }
    Map<String, ?> offset = record.sourceOffset();
    return offset != null
            && RestartOffset.hasPosition(offset)
            && !RestartOffset.isInInitialSnapshot(offset)
        ? RestartOffset.lsn(offset)
        : 0;
  }

  private void announceEmpty(
      SourceRecord before, long lsn, boolean isLast, List<SourceRecord> all) {
    List<Captured> empty =
        captured.get().stream().filter(table -> !topics.contains(table.topic())).toList();
    for (int i = 0; i < empty.size(); i++) {
      boolean last = isLast && i == empty.size() - 1;
      all.add(announcement(empty.get(i), before, lsn, last ? "last" : "first"));
    }
  }

  private SourceRecord announcement(Captured table, SourceRecord before, long lsn, String mark) {
    Schema sourceSchema = table.envelope().field("source").schema();
    Struct source = new Struct(sourceSchema);
    for (Field field : sourceSchema.fields()) {
      switch (field.name()) {
        case "snapshot" -> source.put(field, mark);
        case "lsn" -> source.put(field, lsn);
        case "sequence" -> source.put(field, "[null,\"" + lsn + "\"]");
        default -> {
          if (table.source().containsKey(field.name())) {
            source.put(field, table.source().get(field.name()));
          }
        }
      }
    }
    Struct envelope = new Struct(table.envelope()).put("op", "t").put("source", source);
    ConnectHeaders headers = new ConnectHeaders();
    headers.addString(KEY_HEADER, key(table.key()));
    identity.tell(source.getString("schema"), source.getString("table"), headers);
    return described.apply(
        new SourceRecord(
            before.sourcePartition(),
            // until the last row, or what follows the snapshot, is stored it is read again
            RestartOffset.beforeFirstSnapshot(),
            table.topic(),
            null,
            null,
            null,
            table.envelope(),
            envelope,
            before.timestamp(),
            headers));
  }

  private static SourceRecord announcement(SourceRecord row) {
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
    ConnectHeaders headers = new ConnectHeaders(row.headers());
    headers.addString(KEY_HEADER, key(row.keySchema()));
    return row.newRecord(
        row.topic(),
        row.kafkaPartition(),
        null,
        null,
        row.valueSchema(),
        truncate,
        row.timestamp(),
        headers);
  }

  private static String key(Schema key) {
    return key == null
        ? ""
        : key.fields().stream().map(Field::name).collect(Collectors.joining("\n"));
  }

  private static Struct source(Struct of) {
    Struct source = new Struct(of.schema());
    for (Field field : of.schema().fields()) {
      source.put(field, field.name().equals("snapshot") ? "first" : of.get(field));
    }
    return source;
  }
}
