package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class TransactionBoundariesTest {
  private static final Map<String, Object> START = Map.of("lsn", 100L, "lsn_commit", 100L);

  private final SimulatedSource source = new SimulatedSource();

  @Test
  void aTransactionIsHandedOnWhenItsEndIsThereAndNotBefore() {
    source.write(700, 3, false);
    source.commit(700);
    List<SourceRecord> queue = source.stream(null, 0);
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 100, 1_000_000);

    assertThat(boundaries.of(queue.subList(0, 3))).isEmpty();
    assertThat(boundaries.of(queue.subList(3, queue.size()))).hasSameSizeAs(queue);
  }

  @Test
  void theOffsetInsideATransactionIsThatBeforeItAndBehindItThatOfItsEnd() {
    source.write(700, 2, false);
    source.commit(700);
    List<SourceRecord> ready = whole(START, 100);

    assertThat(ready.subList(0, 3)).allSatisfy(r -> assertThat(r.sourceOffset()).isEqualTo(START));
    Map<String, Object> behind = new HashMap<>(ready.get(ready.size() - 1).sourceOffset());
    assertThat(behind)
        .containsEntry("lsn", source.end())
        .containsEntry("lsn_commit", source.end())
        .doesNotContainKeys("lsn_proc", "transaction_id");
    assertThat(behind.keySet()).noneMatch(key -> key.startsWith("transaction_"));
  }

  @Test
  void aLargeTransactionIsHandedOnInPartsThatEndWhereTheLsnChanges() {
    for (int i = 0; i < 5; i++) {
      source.write(700, 3, true);
    }
    source.commit(700);
    List<SourceRecord> queue = source.stream(null, 0);
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 4, 1_000_000);
    List<SourceRecord> all = new ArrayList<>();
    for (SourceRecord record : queue) {
      List<SourceRecord> part = boundaries.of(List.of(record));
      if (!part.isEmpty() && all.size() + part.size() < queue.size()) {
        assertThat(lsn(part.get(part.size() - 1)))
            .as("nothing of the LSN at which a part ends is left")
            .isNotEqualTo(lsn(queue.get(all.size() + part.size())));
        assertThat(part.get(part.size() - 1).sourceOffset()).isEqualTo(START);
      }
      all.addAll(part);
    }

    assertThat(all).hasSameSizeAs(queue);
    assertThat(all.get(all.size() - 1).sourceOffset()).isNotEqualTo(START);
  }

  @Test
  void aLargeTransactionIsHandedOnInPartsByTheBytesOfItsRows() {
    source.write(700, 1, false);
    source.write(700, 1, false);
    source.write(700, 1, false);
    source.commit(700);
    List<SourceRecord> queue = source.stream(null, 0);
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 1_000, 400);

    assertThat(boundaries.of(queue.subList(0, 3))).as("BEGIN and a change make 400").hasSize(2);
  }

  @Test
  void markersSayWhoWroteThem() {
    source.write(700, 1, false);
    source.commit(700);

    List<SourceRecord> ready = whole(START, 100);

    assertThat(
            ready.stream()
                .filter(r -> r.topic().equals("shop.transaction"))
                .map(r -> r.headers().lastWithName("cdc.delivery").value()))
        .containsExactly("whole-transactions", "whole-transactions");
    assertThat(ready.get(1).headers()).isEmpty();
  }

  @Test
  void aSnapshotIsReadAgainUntilItsLastRowIsStored() {
    List<SourceRecord> rows = source.snapshot(3);
    List<SourceRecord> ready = new TransactionBoundaries(null, 10, 1_000).of(rows);

    assertThat(RestartOffset.isInInitialSnapshot(ready.get(1).sourceOffset())).isTrue();
    assertThat(RestartOffset.isInInitialSnapshot(ready.get(2).sourceOffset())).isFalse();
    assertThat(ready.get(2).sourceOffset()).doesNotContainKey("snapshot");
  }

  @Test
  void anIncrementalSnapshotsRowKeepsHowFarTheSnapshotHasCome() {
    TransactionBoundaries boundaries =
        new TransactionBoundaries(
            Map.of("lsn", 100L, "incremental_snapshot_primary_key", "0a"), 100, 1_000_000);

    List<SourceRecord> rows =
        boundaries.of(List.of(incrementalRead("b", "0b"), incrementalRead("c", "0c")));

    assertThat(rows.stream().map(TransactionBoundariesTest::progress)).containsExactly("0b", "0c");
    assertThat(rows)
        .as("it claims nothing that is streamed")
        .allSatisfy(r -> assertThat((Object) r.sourceOffset().get("lsn")).isEqualTo(100L));
    List<SourceRecord> next = boundaries.of(transaction(709));
    assertThat(next.subList(0, next.size() - 1))
        .allSatisfy(r -> assertThat(progress(r)).isEqualTo("0c"));
    assertThat(next).last().satisfies(r -> assertThat(progress(r)).as("ended").isNull());
  }

  @Test
  void anIncrementalSnapshotsRowNeverStandsInsideATransaction() {
    source.write(701, 1, false);
    source.commit(701);
    List<SourceRecord> queue = new ArrayList<>(lastTransaction());
    queue.add(1, incrementalRead("b", "0b"));
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 100, 1_000_000);

    List<SourceRecord> ready = new ArrayList<>(boundaries.of(queue.subList(0, 3)));
    ready.addAll(boundaries.of(queue.subList(3, queue.size())));

    assertThat(ready)
        .hasSameSizeAs(queue)
        .last()
        .satisfies(r -> assertThat(r.key()).isEqualTo("b"));
  }

  @Test
  void anIncrementalSnapshotsRowIsDroppedIfTheTransactionAroundItChangesIt() {
    List<SourceRecord> transaction = transaction(701);
    SourceRecord begin = transaction.get(0);
    SourceRecord end = transaction.get(transaction.size() - 1);
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 100, 1_000_000);

    assertThat(
            boundaries.of(
                List.of(
                    begin,
                    incrementalRead("a", "0a"),
                    incrementalRead("b", "0b"),
                    change("u", "b", "shop.public.t"),
                    change("t", null, "other"),
                    end)))
        .extracting(SourceRecord::key)
        .containsExactly(begin.key(), "b", null, end.key(), "a");
    assertThat(
            boundaries.of(
                List.of(
                    begin, incrementalRead("d", "0d"), change("t", null, "shop.public.t"), end)))
        .as("a TRUNCATE changes all rows")
        .extracting(SourceRecord::key)
        .containsExactly(begin.key(), null, end.key());
  }

  @Test
  void aSnapshotThatWasAskedForLeavesThePositionAlone() {
    SourceRecord row = source.snapshot(1).get(0);
    Map<String, Object> offset = new HashMap<>();
    offset.put("lsn", 9_999L);
    offset.put("snapshot", "BLOCKING");
    offset.put("last_snapshot_record", true);
    SourceRecord blocking = new IdentityRecord(row, offset, row.headers());

    assertThat(new TransactionBoundaries(START, 10, 1_000).of(List.of(blocking)).get(0))
        .satisfies(r -> assertThat(r.sourceOffset()).isEqualTo(START));
  }

  private List<SourceRecord> whole(Map<String, Object> start, int part) {
    return new TransactionBoundaries(start, part, 1_000_000).of(source.stream(null, 0));
  }

  private List<SourceRecord> transaction(long xid) {
    source.write(xid, 1, false);
    source.commit(xid);
    return lastTransaction();
  }

  private static Object progress(SourceRecord record) {
    return record.sourceOffset().get("incremental_snapshot_primary_key");
  }

  /** BEGIN, the changes and END of what was committed last. */
  private List<SourceRecord> lastTransaction() {
    List<SourceRecord> all = source.stream(null, 0);
    int begin = all.size() - 1;
    while (!isBegin(all.get(begin))) {
      begin--;
    }
    return all.subList(begin, all.size());
  }

  private static boolean isBegin(SourceRecord record) {
    return record.topic().equals("shop.transaction")
        && "BEGIN".equals(((Struct) record.value()).getString("status"));
  }

  /** As Debezium sends it: with the position of the change that closed its window. */
  private static SourceRecord incrementalRead(String key, String progress) {
    Map<String, Object> offset = new HashMap<>();
    offset.put("lsn", 170L);
    offset.put("lsn_proc", 170L);
    offset.put("lsn_commit", 100L);
    offset.put("messageType", "INSERT");
    offset.put("snapshot", "INCREMENTAL");
    offset.put("last_snapshot_record", false);
    offset.put("incremental_snapshot_primary_key", progress);
    return record("r", key, "shop.public.t", offset);
  }

  private static SourceRecord change(String op, String key, String topic) {
    return record(op, key, topic, Map.of("lsn", 180L, "messageType", "UPDATE"));
  }

  private static SourceRecord record(
      String op, String key, String topic, Map<String, Object> offset) {
    Schema source = SchemaBuilder.struct().field("snapshot", Schema.STRING_SCHEMA).build();
    Schema envelope =
        SchemaBuilder.struct().field("op", Schema.STRING_SCHEMA).field("source", source).build();
    Struct value =
        new Struct(envelope)
            .put("op", op)
            .put(
                "source",
                new Struct(source).put("snapshot", op.equals("r") ? "incremental" : "false"));
    return new SourceRecord(
        SimulatedSource.PARTITION, offset, topic, null, null, key, envelope, value);
  }

  private static Object lsn(SourceRecord record) {
    return RowSize.lsn(record);
  }
}
