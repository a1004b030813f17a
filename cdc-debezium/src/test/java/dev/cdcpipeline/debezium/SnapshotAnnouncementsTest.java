package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.debezium.SnapshotAnnouncements.Captured;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class SnapshotAnnouncementsTest {
  private static final Schema KEY =
      SchemaBuilder.struct()
          .field("id", Schema.INT64_SCHEMA)
          .field("part", Schema.INT64_SCHEMA)
          .build();
  private static final Schema SOURCE =
      SchemaBuilder.struct()
          .field("snapshot", Schema.STRING_SCHEMA)
          .field("schema", Schema.OPTIONAL_STRING_SCHEMA)
          .field("table", Schema.OPTIONAL_STRING_SCHEMA)
          .field("sequence", Schema.OPTIONAL_STRING_SCHEMA)
          .field("lsn", Schema.INT64_SCHEMA)
          .build();
  private static final Schema ENVELOPE =
      SchemaBuilder.struct()
          .field("after", Schema.OPTIONAL_STRING_SCHEMA)
          .field("source", SOURCE)
          .field("op", Schema.STRING_SCHEMA)
          .field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA)
          .build();

  private static SnapshotAnnouncements announcements(boolean again) {
    return new SnapshotAnnouncements(
        () -> List.of(captured("a", KEY), captured("empty", KEY), captured("keyless", null)),
        record ->
            record.newRecord(
                record.topic(),
                null,
                null,
                null,
                record.valueSchema(),
                record.value(),
                9L,
                record.headers()),
        again,
        (schema, table, headers) -> headers.addString(RelationWatch.HEADER, schema + "." + table));
  }

  private static Captured captured(String topic, Schema key) {
    return new Captured(topic, key, ENVELOPE, Map.of("schema", "public", "table", topic));
  }

  @Test
  void eachTableOfASecondSnapshotBeginsWithATruncateAtItsPosition() {
    List<SourceRecord> all =
        announcements(true).with(List.of(row("a", false), row("a", false), row("b", false)));

    assertThat(all).extracting(SourceRecord::topic).containsExactly("a", "a", "a", "b", "b");
    assertThat(all)
        .extracting(record -> ((Struct) record.value()).getString("op"))
        .containsExactly("t", "r", "r", "t", "r");
    assertAnnounces(all.get(0), "first", 77);
    assertThat(RestartOffset.isInInitialSnapshot(all.get(0).sourceOffset())).isTrue();
    assertThat(keyOf(all.get(0))).isEqualTo("id\npart");
    assertThat(all)
        .extracting(record -> record.headers().lastWithName(RelationWatch.HEADER) != null)
        .as("an announcement and the row that follows it say which relation it is")
        .containsExactly(true, true, false, true, true);
  }

  @Test
  void tablesWithoutRowsAreAnnouncedBeforeTheLastRow() {
    SnapshotAnnouncements announcements = announcements(false);

    assertThat(announcements.with(List.of(row("a", false)))).as("a first snapshot").hasSize(1);
    List<SourceRecord> all = announcements.with(List.of(row("a", false), row("a", true)));

    assertThat(all).extracting(SourceRecord::topic).containsExactly("a", "empty", "keyless", "a");
    for (SourceRecord announcement : all.subList(1, 3)) {
      assertAnnounces(announcement, "first", 77);
      assertThat(RestartOffset.isInInitialSnapshot(announcement.sourceOffset())).isTrue();
      assertThat(((Struct) announcement.value()).getStruct("source").getString("table"))
          .isEqualTo(announcement.topic());
      assertThat(announcement.headers().lastWithName(RelationWatch.HEADER).value())
          .isEqualTo("public." + announcement.topic());
    }
    assertThat(all.get(1).timestamp()).as("described as other records").isEqualTo(9L);
    assertThat(keyOf(all.get(1))).isEqualTo("id\npart");
    assertThat(keyOf(all.get(2))).isEqualTo("");
    assertThat(announcements.with(List.of(row("b", false)))).as("it is over").hasSize(1);
  }

  @Test
  void aSnapshotWithoutAnyRowEndsWithItsLastAnnouncement() {
    SourceRecord heartbeat = other(Map.of("lsn", 90L), null, null);
    SourceRecord unknown = other(Map.of("snapshot", "INITIAL"), null, null);
    SnapshotAnnouncements announcements = announcements(false);

    assertThat(announcements.with(List.of(unknown))).as("it is still read").hasSize(1);
    List<SourceRecord> all = announcements.with(List.of(heartbeat, heartbeat));

    assertThat(all)
        .extracting(SourceRecord::topic)
        .containsExactly("a", "empty", "keyless", "other", "other");
    assertAnnounces(all.get(0), "first", 90);
    assertAnnounces(all.get(2), "last", 90);
  }

  @Test
  void aSnapshotWithoutAnyRowIsBehindWhatIsStreamedFirst() {
    Schema marker =
        SchemaBuilder.struct()
            .name("io.debezium.connector.common.TransactionMetadataValue")
            .field("id", Schema.STRING_SCHEMA)
            .build();
    SourceRecord begin =
        other(
            RestartOffset.beforeFirstSnapshot(), marker, new Struct(marker).put("id", "571:1000"));

    List<SourceRecord> all = announcements(false).with(List.of(begin));

    assertThat(all).hasSize(4).last().isSameAs(begin);
    assertAnnounces(all.get(2), "last", 999);
  }

  @Test
  void nothingIsAnnouncedWhereNoSnapshotIsMade() {
    assertThat(SnapshotAnnouncements.none().with(List.of(row("a", false)))).hasSize(1);
  }

  private static void assertAnnounces(SourceRecord record, String mark, long lsn) {
    assertThat(record.key()).isNull();
    assertThat(record.keySchema()).isNull();
    Struct envelope = (Struct) record.value();
    assertThat(envelope.getString("op")).isEqualTo("t");
    assertThat(envelope.getString("after")).isNull();
    assertThat(envelope.getStruct("source").getString("snapshot")).isEqualTo(mark);
    assertThat(envelope.getStruct("source").getInt64("lsn")).isEqualTo(lsn);
  }

  private static Object keyOf(SourceRecord record) {
    return record.headers().lastWithName(SnapshotAnnouncements.KEY_HEADER).value();
  }

  private static SourceRecord other(Map<String, ?> offset, Schema schema, Object value) {
    return new SourceRecord(
        SimulatedSource.PARTITION, offset, "other", null, null, null, schema, value);
  }

  private static SourceRecord row(String table, boolean last) {
    Struct envelope =
        new Struct(ENVELOPE)
            .put("after", "row")
            .put("source", new Struct(SOURCE).put("snapshot", "true").put("lsn", 77L))
            .put("op", "r")
            .put("ts_ms", 5L);
    return new SourceRecord(
        SimulatedSource.PARTITION,
        Map.of("lsn", 77L, "snapshot", "INITIAL", "last_snapshot_record", last),
        table,
        null,
        KEY,
        new Struct(KEY).put("id", 1L).put("part", 1L),
        ENVELOPE,
        envelope);
  }
}
