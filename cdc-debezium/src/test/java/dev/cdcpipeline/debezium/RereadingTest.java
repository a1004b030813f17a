package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class RereadingTest {
  private static final Schema SOURCE =
      SchemaBuilder.struct()
          .field("snapshot", Schema.STRING_SCHEMA)
          .field("lsn", Schema.INT64_SCHEMA)
          .build();
  private static final Schema ENVELOPE =
      SchemaBuilder.struct()
          .field("after", Schema.OPTIONAL_STRING_SCHEMA)
          .field("source", SOURCE)
          .field("op", Schema.STRING_SCHEMA)
          .field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA)
          .build();

  @Test
  void eachTableOfASecondSnapshotBeginsWithATruncateAtItsPosition() {
    List<SourceRecord> all =
        new Rereading(true)
            .withTruncates(List.of(row("a", false), row("a", false), row("b", false)));

    assertThat(all).extracting(SourceRecord::topic).containsExactly("a", "a", "a", "b", "b");
    assertThat(all)
        .extracting(record -> ((Struct) record.value()).getString("op"))
        .containsExactly("t", "r", "r", "t", "r");
    SourceRecord truncate = all.get(0);
    assertThat(truncate.key()).isNull();
    assertThat(truncate.keySchema()).isNull();
    Struct envelope = (Struct) truncate.value();
    assertThat(envelope.getString("after")).isNull();
    assertThat(envelope.getStruct("source").getString("snapshot")).isEqualTo("first");
    assertThat(envelope.getStruct("source").getInt64("lsn")).isEqualTo(77L);
    assertThat(RestartOffset.isInInitialSnapshot(truncate.sourceOffset())).isTrue();
  }

  @Test
  void nothingIsAddedToAFirstSnapshotNorAfterTheLastRow() {
    assertThat(new Rereading(false).withTruncates(List.of(row("a", false)))).hasSize(1);
    Rereading rereading = new Rereading(true);
    rereading.withTruncates(List.of(row("a", true)));

    assertThat(rereading.withTruncates(List.of(row("b", false)))).hasSize(1);
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
        Schema.INT64_SCHEMA,
        1L,
        ENVELOPE,
        envelope);
  }
}
