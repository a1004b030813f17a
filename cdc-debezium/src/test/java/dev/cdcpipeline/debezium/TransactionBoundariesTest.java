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
  void anIncrementalSnapshotsRowWaitsForWhatItMayShow() {
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 100, 1_000_000);

    assertThat(boundaries.of(List.of(incrementalRead("a", "0a")))).isEmpty();
    assertThat(boundaries.wantsPlaceOfReads()).isTrue();
    List<SourceRecord> earlier = transaction(701);
    source.write(703, 1, false);
    boundaries.placeReads(source.end());
    source.commit(703);
    List<SourceRecord> later = lastTransaction();

    assertThat(boundaries.of(earlier)).as("committed before the place").hasSameSizeAs(earlier);
    List<SourceRecord> ready = boundaries.of(later);
    assertThat(ready).as("the row stands behind what it may show").hasSize(later.size() + 1);
    assertThat(ready.get(later.size()).key()).isEqualTo("a");
    assertThat(boundaries.wantsPlaceOfReads()).isFalse();
  }

  @Test
  void theProgressOfAnIncrementalSnapshotIsThatOfRowsThatWereHandedOn() {
    TransactionBoundaries boundaries =
        new TransactionBoundaries(
            Map.of("lsn", 100L, "incremental_snapshot_primary_key", "0a"), 100, 1_000_000);
    boundaries.of(List.of(incrementalRead("b", "0b"), incrementalRead("c", "0c")));
    List<SourceRecord> earlier = transaction(701);
    boundaries.placeReads(source.end() + 1);

    List<SourceRecord> before = boundaries.of(earlier);
    List<SourceRecord> ready = boundaries.of(transaction(707));

    assertThat(before).allSatisfy(r -> assertThat(progress(r)).isEqualTo("0a"));
    assertThat(ready.stream().map(TransactionBoundariesTest::progress)).endsWith("0a", "0b", "0c");
    assertThat((Object) ready.get(ready.size() - 1).sourceOffset().get("lsn"))
        .isEqualTo(source.end());
    assertThat(boundaries.of(transaction(709)))
        .last()
        .satisfies(r -> assertThat(progress(r)).as("ended").isNull());
  }

  @Test
  void anIncrementalSnapshotsRowIsDroppedIfItIsChangedMeanwhile() {
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 100, 1_000_000);
    boundaries.of(
        List.of(
            incrementalRead("a", "0a"), incrementalRead("b", "0b"), incrementalRead("c", "0c")));
    boundaries.placeReads(0);

    List<SourceRecord> ready =
        boundaries.of(List.of(change("u", "b", "shop.public.t"), change("t", null, "other")));
    assertThat(ready.stream().map(SourceRecord::key)).containsExactly("b", "a", "c", null);

    boundaries.of(List.of(incrementalRead("d", "0d")));
    boundaries.placeReads(0);
    assertThat(boundaries.of(List.of(change("t", null, "shop.public.t"))))
        .as("a TRUNCATE changes all rows")
        .singleElement()
        .satisfies(r -> assertThat(r.key()).isNull());
    assertThat(progress(boundaries.of(transaction(701)).get(0)))
        .as("a row that was dropped is not read again")
        .isEqualTo("0d");
  }

  @Test
  void anIncrementalSnapshotsRowNeverStandsInsideATransaction() {
    source.write(701, 1, false);
    source.commit(701);
    List<SourceRecord> queue = new ArrayList<>(lastTransaction());
    queue.add(1, incrementalRead("b", "0b"));
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 100, 1_000_000);

    List<SourceRecord> ready = new ArrayList<>(boundaries.of(queue.subList(0, 3)));
    boundaries.placeReads(source.end());
    ready.addAll(boundaries.of(queue.subList(3, queue.size())));

    assertThat(ready)
        .hasSameSizeAs(queue)
        .last()
        .satisfies(r -> assertThat(r.key()).isEqualTo("b"));
  }

  @Test
  void moreRowsOfAnIncrementalSnapshotThanCanBeKeptAreHandedOnAtOnce() {
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 100, 1_000_000);
    List<SourceRecord> rows = new ArrayList<>();
    for (int i = 0; i < 60_000; i++) {
      rows.add(incrementalRead("k" + i, "0a"));
    }

    assertThat(boundaries.of(rows)).hasSize(50_000);
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
