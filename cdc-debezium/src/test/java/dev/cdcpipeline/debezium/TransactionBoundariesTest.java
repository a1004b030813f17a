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
  void anIncrementalSnapshotKeepsItsProgressBetweenTransactionsAndNoMoreOfItsOffset() {
    TransactionBoundaries boundaries = new TransactionBoundaries(START, 100, 1_000_000);

    SourceRecord read = boundaries.of(List.of(incrementalRead("0a"))).get(0);

    assertThat(read.sourceOffset())
        .isEqualTo(
            Map.of("lsn", 100L, "lsn_commit", 100L, "incremental_snapshot_primary_key", "0a"));
  }

  @Test
  void anIncrementalSnapshotsReadInsideATransactionIsReadAgainWithIt() {
    source.write(700, 1, false);
    source.commit(700);
    List<SourceRecord> queue = new ArrayList<>(source.stream(null, 0));
    queue.add(1, incrementalRead("0b"));
    List<SourceRecord> ready = new TransactionBoundaries(START, 100, 1_000_000).of(queue);

    assertThat(ready.get(1).sourceOffset()).isEqualTo(START);
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

  /** As Debezium sends it: with the position of the change that closed its window. */
  private static SourceRecord incrementalRead(String key) {
    Schema envelope = SchemaBuilder.struct().field("op", Schema.STRING_SCHEMA).build();
    Map<String, Object> offset = new HashMap<>();
    offset.put("lsn", 170L);
    offset.put("lsn_proc", 170L);
    offset.put("lsn_commit", 100L);
    offset.put("messageType", "INSERT");
    offset.put("snapshot", "INCREMENTAL");
    offset.put("last_snapshot_record", false);
    offset.put("incremental_snapshot_primary_key", key);
    return new SourceRecord(
        SimulatedSource.PARTITION,
        offset,
        "shop.public.t",
        null,
        null,
        null,
        envelope,
        new Struct(envelope).put("op", "r"));
  }

  private static Object lsn(SourceRecord record) {
    return RowSize.lsn(record);
  }
}
