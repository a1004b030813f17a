package dev.cdcpipeline.sink.connect.transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.SteppedClock;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.config.PostgresSinkConfig;
import dev.cdcpipeline.sink.connect.pipeline.Claim;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.connect.pipeline.Relations;
import dev.cdcpipeline.sink.connect.topic.ItemEvents;
import dev.cdcpipeline.sink.connect.topic.ItemEvents.Item;
import dev.cdcpipeline.sink.connect.topic.ItemEvents.Place;
import dev.cdcpipeline.sink.connect.topic.TopicHarness;
import dev.cdcpipeline.sink.ledger.LedgerEntry;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.transaction.SourceHistoryException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Change and transaction topics into the mirror, as they are read again after restarts. */
class TransactionalPipelineIT {
  private static final PartitionId P0 = new PartitionId("shop.public.items", 0);
  private static final PartitionId P1 = new PartitionId("shop.public.items", 1);
  private static final PartitionId MARKERS = new PartitionId("shop.transaction", 0);
  private static final String MIRROR = "SELECT id, note FROM mirror.items ORDER BY id";

  private static final Schema MARKER =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Transaction", "fields": [
                {"name": "status", "type": "string"},
                {"name": "id", "type": "string"},
                {"name": "event_count", "type": ["null", "long"], "default": null},
                {"name": "data_collections", "type": ["null", {"type": "array", "items":
                  {"type": "record", "name": "Counted", "fields": [
                    {"name": "data_collection", "type": "string"},
                    {"name": "event_count", "type": "long"}]}}], "default": null},
                {"name": "ts_ms", "type": "long"}]}\
              """);

  private TargetDatabase target;
  private TopicHarness harness;
  private ItemEvents events;
  private Pipeline pipeline;
  private Function<String, Object> metrics;
  private final Map<PartitionId, Long> logs = new HashMap<>();
  private final SteppedClock clock = new SteppedClock();

  @BeforeEach
  void open() throws Exception {
    target = new TargetDatabase();
    harness = new TopicHarness(target, "transactional");
    harness.settings.remove("topics.regex");
    harness.settings.put("topics", "shop.public.items,shop.transaction");
    events = new ItemEvents(harness);
    List.of(P0, P1, MARKERS).forEach(p -> logs.put(p, 0L));
    pipeline = opened();
  }

  @AfterEach
  void close() throws Exception {
    pipeline.close();
    target.close();
  }

  private Pipeline opened() {
    Connection connection = target.open();
    OffsetLedger ledger = new OffsetLedger(connection, "cdc", "test");
    ledger.createObjects();
    Map<PartitionId, Long> positions = new HashMap<>();
    Map<String, Uuid> ids = new HashMap<>();
    for (LedgerEntry entry : ledger.claim(logs.keySet())) {
      positions.put(entry.partition(), entry.nextOffset().orElse(0));
      ids.put(entry.partition().topic(), TopicHarness.TOPIC_ID);
    }
    Pipeline opened =
        new TransactionalPipelines(
                new PostgresSinkConfig(harness.settings), harness.registry, new Tails(), clock)
            .open(new Claim(connection, ledger, ids, positions, true));
    metrics = TopicHarness.measure(opened);
    return opened;
  }

  /** Everything that was handed in is read; nothing else is in the logs. */
  private final class Tails implements LogTails {
    @Override
    public Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
      Map<TopicPartition, Long> ends = new HashMap<>();
      partitions.forEach(p -> ends.put(p, logs.get(new PartitionId(p.topic(), p.partition()))));
      return ends;
    }

    @Override
    public boolean isReadUpTo(TopicPartition partition, long from, long to) {
      return from >= to;
    }
  }

  private void restart() {
    pipeline.close();
    pipeline = opened();
  }

  private void apply() {
    clock.step(Duration.ofSeconds(1));
    pipeline.apply();
  }

  private SinkRecord record(PartitionId partition, byte[] key, byte[] value) {
    long offset = logs.merge(partition, 1L, Long::sum) - 1;
    return TopicHarness.at(partition, offset, key, value);
  }

  private void read(PartitionId partition, String op, int id, String note, Place place) {
    pipeline.accept(written(partition, op, id, note, place));
  }

  /** A record that is in its log and not read yet. */
  private SinkRecord written(PartitionId partition, String op, int id, String note, Place place) {
    Item item = new Item(id, note, new BigDecimal("1.00"), null, null);
    return record(partition, events.key(id), events.upsert(op, item, place));
  }

  private void marker(String status, long id, long lsn, Integer count, boolean whole) {
    GenericRecord counted =
        new GenericRecordBuilder(
                MARKER.getField("data_collections").schema().getTypes().get(1).getElementType())
            .set("data_collection", "public.items")
            .set("event_count", count == null ? 0L : count.longValue())
            .build();
    GenericRecord marker = new GenericData.Record(MARKER);
    marker.put("status", status);
    marker.put("id", id + ":" + lsn);
    marker.put("event_count", count == null ? null : count.longValue());
    marker.put("data_collections", count == null ? null : List.of(counted));
    marker.put("ts_ms", ItemEvents.COMMIT_MILLIS);
    SinkRecord record = record(MARKERS, null, harness.avro(marker));
    if (whole) {
      record.headers().addString(DeliveryWatch.HEADER, "whole-transactions");
    }
    pipeline.accept(record);
  }

  /** A transaction of one update, from a connector of this version. */
  private void transaction(long id, long previous, long lsn, int item, String note) {
    marker("BEGIN", id, lsn, null, true);
    read(P0, "u", item, note, new Place(previous, lsn, 1, "false", id));
    marker("END", id, lsn + 5, 1, true);
  }

  @Test
  void aRestartGoesOnWithTheSnapshotThatWasBeingRead() throws Exception {
    read(P0, "r", 1, "read", new Place(null, 100L, 0, "first"));
    read(P1, "r", 2, "read", new Place(null, 100L, 0, "true"));
    SinkRecord last = written(P1, "r", 3, "read", new Place(null, 100L, 0, "last"));
    apply();

    restart();
    transaction(7, 100, 120, 1, "changed");
    apply();
    assertThat(target.rows(MIRROR)).as("before the snapshot's last row").isEmpty();
    pipeline.accept(last);
    apply();
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|changed", "2|read", "3|read");
    assertThat(target.value("SELECT commit_lsn, transaction_id FROM cdc.position"))
        .isEqualTo("0/7D|7");
  }

  private SinkRecord ofRelation(SinkRecord change, long relation) {
    change.headers().addLong(Relations.HEADER, relation);
    return change;
  }

  @Test
  void anotherTableUnderTheNameIsRefusedWhenAllBeforeItIsWritten() throws Exception {
    read(P0, "r", 1, "read", new Place(null, 100L, 0, "last"));
    apply();
    apply();
    marker("BEGIN", 7, 120, null, true);
    pipeline.accept(
        ofRelation(written(P0, "u", 1, "seven", new Place(100L, 120L, 1, "false", 7)), 500));
    marker("END", 7, 125, 1, true);
    transaction(8, 125, 140, 1, "eight");
    marker("BEGIN", 9, 160, null, true);
    pipeline.accept(
        ofRelation(written(P0, "c", 5, "another's", new Place(145L, 160L, 1, "false", 9)), 600));
    marker("END", 9, 165, 1, true);

    assertThatThrownBy(this::apply)
        .hasMessageContaining("another table under this name (relation 600, was 500)")
        .hasMessageContaining(
            "run at the target: DROP TABLE \"mirror\".\"items\", then: cdc table reread"
                + " public.items");
    assertThat(target.rows(MIRROR)).containsExactly("1|eight");
    assertThat(target.value("SELECT transaction_id FROM cdc.position")).isEqualTo("8");
  }

  @Test
  void whichTableASnapshotHasReadIsKnownBeforeAnythingIsStreamed() throws Exception {
    pipeline.accept(ofRelation(written(P0, "r", 1, "read", new Place(null, 100L, 0, "last")), 500));
    apply();
    apply();
    marker("BEGIN", 9, 160, null, true);
    pipeline.accept(
        ofRelation(written(P0, "c", 5, "another's", new Place(100L, 160L, 1, "false", 9)), 600));
    marker("END", 9, 165, 1, true);

    assertThatThrownBy(this::apply).hasMessageContaining("(relation 600, was 500)");
    assertThat(target.rows(MIRROR)).containsExactly("1|read");
  }

  @Test
  void aRestartBehindTheLastRowOfASnapshotMakesItVisible() throws Exception {
    SinkRecord unread = written(P1, "r", 2, "read", new Place(null, 100L, 0, "first"));
    read(P0, "r", 1, "read", new Place(null, 100L, 0, "last"));
    apply();
    assertThat(target.rows(MIRROR)).as("a partition is not read to its end").isEmpty();

    restart();
    pipeline.accept(unread);
    apply();
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|read", "2|read");
  }

  @Test
  void aRestartGoesOnWithALaterSnapshot() throws Exception {
    read(P0, "r", 1, "read", new Place(null, 100L, 0, "first"));
    read(P0, "r", 2, "read", new Place(null, 100L, 0, "last"));
    apply();
    apply();
    transaction(7, 100, 120, 1, "changed");
    apply();
    read(P0, "r", 1, "read again", new Place(null, 200L, 0, "first"));
    SinkRecord last = written(P1, "r", 3, "read", new Place(null, 200L, 0, "last"));
    apply();

    restart();
    transaction(8, 200, 220, 1, "changed again");
    apply();
    assertThat(target.rows(MIRROR)).containsExactly("1|changed", "2|read");
    pipeline.accept(last);
    apply();
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|changed again", "3|read");
  }

  @Test
  void rowsOfASnapshotThatHasNotEndedDeleteNothing() throws Exception {
    read(P0, "r", 1, "read", new Place(null, 100L, 0, "first"));
    read(P0, "r", 2, "read", new Place(null, 100L, 0, "last"));
    apply();
    apply();
    read(P0, "r", 1, "read again", new Place(null, 200L, 0, "first"));
    read(P0, "r", 3, "read", new Place(null, 200L, 0, "last_in_data_collection"));
    apply();
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|read", "2|read");
  }

  @Test
  void changesMarkedAsRowsOfASnapshotAreChanges() throws Exception {
    read(P0, "r", 1, "read", new Place(null, 100L, 0, "first"));
    read(P0, "r", 2, "read", new Place(null, 100L, 0, "last"));
    apply();
    apply();

    marker("BEGIN", 7, 120, null, true);
    read(P0, "u", 1, "changed", new Place(100L, 120L, 1, "last", 7));
    marker("END", 7, 125, 1, true);
    apply();
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|changed", "2|read");
  }

  @Test
  void aRowThatIsReadWhileStreamingDeletesNothing() throws Exception {
    read(P0, "r", 1, "read", new Place(null, 100L, 0, "first"));
    read(P0, "r", 2, "read", new Place(null, 100L, 0, "last"));
    apply();
    apply();
    transaction(7, 100, 120, 1, "changed");

    read(P0, "r", 3, "blocking", new Place(125L, 125L, 0, "last"));
    apply();
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|changed", "2|read", "3|blocking");
  }

  @Test
  void theAnnouncementOfASnapshotDeletesNothing() throws Exception {
    read(P0, "r", 1, "read", new Place(null, 100L, 0, "last"));
    apply();
    apply();

    pipeline.accept(record(P1, null, events.truncate(new Place(null, 200L, 0, "first"))));
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|read");
  }

  @Test
  void aSplitTransactionIsAppliedOnceAcrossARestart() throws Exception {
    marker("BEGIN", 7, 120, null, true);
    read(P0, "c", 1, "first", new Place(100L, 120L, 1, "false", 7));
    apply();

    restart();
    logs.put(MARKERS, 0L);
    logs.put(P0, 0L);
    for (int delivery = 0; delivery < 2; delivery++) {
      marker("BEGIN", 7, 120, null, true);
      read(P0, "c", 1, "first", new Place(100L, 120L, 1, "false", 7));
    }
    read(P0, "c", 2, "second", new Place(100L, 130L, 2, "false", 7));
    marker("END", 7, 140, 2, true);
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|first", "2|second");
    assertThat(metrics.apply("changes-create-total")).isEqualTo(2L);
    assertThat(metrics.apply("dropped-repeats-total")).isEqualTo(1L);
  }

  @Test
  void thePositionOfAnotherSourceEpochSaysNothing() throws Exception {
    transaction(7, 900, 1_000, 1, "before the restore");
    apply();
    assertThat(target.rows(MIRROR)).containsExactly("1|before the restore");

    harness.settings.put("source.epoch", "1");
    restart();
    transaction(7, 400, 500, 1, "after the restore");
    apply();

    assertThat(target.rows(MIRROR)).containsExactly("1|after the restore");
    assertThat(target.value("SELECT source_epoch || ' ' || commit_lsn FROM cdc.position"))
        .isEqualTo("1 0/1F9");
  }

  @Test
  void aRestoredSourceOfTheSameEpochIsRefused() throws Exception {
    transaction(7, 900, 1_000, 1, "before the restore");
    apply();
    apply();

    restart();
    transaction(6, 400, 500, 1, "after the restore");
    assertThatThrownBy(() -> transaction(8, 505, 2_000, 1, "later"))
        .isInstanceOf(SourceHistoryException.class)
        .hasMessageContaining("raise source.epoch");
  }

  @Test
  void whatStandsBeforeAChangeThatCannotBeWrittenIsCommitted() throws Exception {
    transaction(3, 100, 200, 1, "before");
    transaction(4, 205, 300, 2, "just before");
    Map<PartitionId, Long> before = Map.copyOf(logs);
    changedTransaction();

    assertThatThrownBy(this::apply)
        .hasMessageContaining("column amount is boolean at the source and numeric in mirror");
    assertThat(target.rows(MIRROR)).containsExactly("1|before", "2|just before");

    target.run("ALTER TABLE mirror.items ALTER amount TYPE boolean USING amount::numeric <> 0");
    restart();
    logs.putAll(before);
    changedTransaction();
    apply();

    assertThat(target.rows("SELECT id, amount FROM mirror.items ORDER BY id"))
        .containsExactly("1|t", "2|t", "3|f");
  }

  /** A column has a type that holds none of the values before. */
  private void changedTransaction() {
    ItemEvents changed =
        new ItemEvents(
            harness,
            """
            {"name": "id", "type": "int"},
            {"name": "note", "type": ["null", "string"], "default": null},
            {"name": "amount", "type": "boolean"},
            {"name": "story", "type": ["null", "string"], "default": null},
            {"name": "doc", "type": ["null", "string"], "default": null}\
            """);
    GenericRecord row = changed.row();
    row.put("id", 3);
    row.put("amount", false);
    marker("BEGIN", 5, 400, null, true);
    Place place = new Place(305L, 400L, 1, "false", 5);
    pipeline.accept(record(P0, events.key(3), changed.upsert("c", row, place)));
    marker("END", 5, 405, 1, true);
  }

  @Test
  void tellsWhetherTheSourceConnectorDeliversWholeTransactions() throws Exception {
    String delivery = "SELECT delivery FROM cdc.position";
    assertThat(target.value(delivery)).isEqualTo("null");
    marker("BEGIN", 7, 120, null, false);
    apply();
    assertThat(target.value(delivery)).isEqualTo("unknown");
    assertThat(metrics.apply("delivery-unknown")).isEqualTo(1L);

    SinkRecord begin = record(MARKERS, null, bytesOfBegin());
    begin
        .headers()
        .addBytes(DeliveryWatch.HEADER, "whole-transactions".getBytes(StandardCharsets.UTF_8));
    pipeline.accept(begin);
    apply();

    assertThat(target.value(delivery)).isEqualTo("whole-transactions");
    assertThat(metrics.apply("delivery-unknown")).isEqualTo(0L);
  }

  private byte[] bytesOfBegin() {
    GenericRecord marker = new GenericData.Record(MARKER);
    marker.put("status", "BEGIN");
    marker.put("id", "7:120");
    marker.put("ts_ms", ItemEvents.COMMIT_MILLIS);
    return harness.avro(marker);
  }
}
