package dev.cdcpipeline.sink.connect.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.connect.pipeline.Relations;
import dev.cdcpipeline.sink.connect.topic.ItemEvents.Item;
import dev.cdcpipeline.sink.connect.topic.ItemEvents.Place;
import dev.cdcpipeline.sink.ledger.LedgerAdmin;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.table.TableWriter;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One topic's change events into its mirror, whatever order and how often they come. */
class MirrorModeIT {
  private static final PartitionId P0 = new PartitionId("shop.public.items", 0);
  private static final PartitionId P1 = new PartitionId("shop.public.items", 1);
  private static final String ROWS =
      "SELECT id, note, amount, story, doc FROM %s.items ORDER BY id";

  private TargetDatabase target;
  private TopicHarness harness;
  private ItemEvents events;

  @BeforeEach
  void open() throws Exception {
    target = new TargetDatabase();
    harness = new TopicHarness(target, "mirror");
    harness.settings.put("tasks.max", "2");
    events = new ItemEvents(harness);
  }

  @AfterEach
  void close() throws Exception {
    target.close();
  }

  private static Item item(int id, String note, String story) {
    return new Item(id, note, new BigDecimal("12.30"), story, "doc " + id);
  }

  private SinkRecord upsert(PartitionId partition, String op, Item item, Place place) {
    return harness.record(partition, events.key(item.id()), events.upsert(op, item, place));
  }

  private SinkRecord create(PartitionId partition, Item item, long lsn) {
    return upsert(partition, "c", item, streamed(lsn));
  }

  private SinkRecord update(PartitionId partition, Item item, long lsn) {
    return upsert(partition, "u", item, streamed(lsn));
  }

  private SinkRecord delete(PartitionId partition, int id, long lsn) {
    return harness.record(partition, events.key(id), events.delete(id, streamed(lsn)));
  }

  // each change a transaction of its own, committed where the next one's previous commit is
  private static Place streamed(long lsn) {
    return Place.streamed(lsn - 5, lsn, 1);
  }

  private List<String> mirror() throws Exception {
    return target.rows(ROWS.formatted("mirror"));
  }

  @Test
  void anUnsentValueStaysWhateverTheSourceConnectorWritesInItsPlace() throws Exception {
    ItemEvents others = new ItemEvents(harness, ItemEvents.COLUMNS, "never sent");
    Item first = item(1, "first", "a long story");
    Item second = item(1, ItemEvents.UNAVAILABLE, "never sent");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              harness.record(P0, others.key(1), others.upsert("c", first, streamed(120))),
              harness.record(P0, others.key(1), others.upsert("u", second, streamed(130)))));
    }

    assertThat(mirror())
        .containsExactly("1|" + ItemEvents.UNAVAILABLE + "|12.30|a long story|doc 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "500"}) // by COPY, by arrays
  void appliesEveryKindOfChangeAndSaysWhereItStands(String copyThreshold) throws Exception {
    harness.settings.put("copy.threshold", copyThreshold);
    try (Pipeline pipeline = harness.open(P0, P1)) {
      TopicHarness.write(
          pipeline,
          List.of(
              upsert(P0, "r", item(1, "read", "s1"), Place.snapshot(100)),
              upsert(P1, "r", item(2, "read", "s2"), Place.snapshot(100)),
              upsert(P0, "r", item(3, "read", "s3"), Place.snapshot(100)),
              create(P1, item(4, null, "s4"), 120),
              update(P0, item(1, "changed", "s1b"), 130),
              delete(P1, 2, 140),
              harness.record(P1, events.key(2), null)));
    }

    assertThat(mirror())
        .containsExactly(
            "1|changed|12.30|s1b|doc 1", "3|read|12.30|s3|doc 3", "4|null|12.30|s4|doc 4");
    assertThat(
            target.rows(
                "SELECT (_cdc_position).epoch, (_cdc_position).previous_commit,"
                    + " (_cdc_position).lsn, (_cdc_position).total_order, _cdc_applied_at > now() -"
                    + " interval '1 minute' FROM mirror.items ORDER BY id"))
        .containsExactly("0|0/7D|0/82|1|t", "0|0/64|0/64|null|t", "0|0/73|0/78|1|t");
    assertThat(
            target.value(
                "SELECT string_agg(attname, ',') FROM pg_attribute JOIN pg_index ON attrelid ="
                    + " indrelid AND attnum = ANY (indkey) WHERE indrelid ="
                    + " 'mirror.items'::regclass AND indisprimary"))
        .isEqualTo("id");
  }

  @Test
  void anOlderChangeNeverOverwritesANewerOne() throws Exception {
    try (Pipeline pipeline = harness.open(P0, P1)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "newer", "s"), 200)));
      TopicHarness.write(
          pipeline,
          List.of(
              update(P1, item(1, "older", "o"), 150),
              upsert(P1, "r", item(1, "read before", "o"), Place.incremental(190)),
              delete(P1, 1, 160)));
      assertThat(mirror()).containsExactly("1|newer|12.30|s|doc 1");

      // within one flush as well
      TopicHarness.write(
          pipeline,
          List.of(update(P0, item(1, "newest", "s"), 300), update(P1, item(1, "older", "o"), 250)));
    }
    assertThat(mirror()).containsExactly("1|newest|12.30|s|doc 1");
  }

  /** A lower LSN whose transaction committed later: the bare LSN is not the order. */
  @Test
  void theCommitDecidesAndNotTheLsn() throws Exception {
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              upsert(P0, "r", item(1, "read", "s"), Place.incremental(180)),
              upsert(P0, "u", item(1, "later", "s"), Place.streamed(180L, 170, 1))));
    }
    assertThat(mirror()).containsExactly("1|later|12.30|s|doc 1");
  }

  @Test
  void aChangeWhosePreviousCommitIsUnknownIsNeverDropped() throws Exception {
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline, List.of(upsert(P0, "r", item(1, "read", "s"), Place.snapshot(180))));
      SinkRecord first = upsert(P0, "u", item(1, "first", "s"), Place.streamed(null, 170, 1));
      TopicHarness.write(pipeline, List.of(first));
    }
    assertThat(mirror()).containsExactly("1|first|12.30|s|doc 1");
  }

  @Test
  void aReplayDoesNotBringADeletedKeyBackUntilTheHorizonIsOver() throws Exception {
    try (Pipeline pipeline = harness.open(P0, P1)) {
      TopicHarness.write(
          pipeline,
          List.of(
              create(P0, item(1, "a", "s"), 100),
              create(P0, item(2, "b", "s"), 110),
              delete(P0, 1, 200),
              delete(P0, 2, 210)));
      TopicHarness.write(
          pipeline,
          List.of(create(P1, item(1, "a", "s"), 100), create(P1, item(2, "b", "s"), 110)));
      assertThat(mirror()).isEmpty();
      assertThat(
              target.rows(
                  "SELECT target_table, key, (position).lsn FROM cdc.deleted_keys ORDER BY key"))
          .containsExactly("items|[1]|0/C8", "items|[2]|0/D2");

      // one that is made anew at the source does come back
      TopicHarness.write(pipeline, List.of(create(P0, item(2, "again", "s"), 300)));
      assertThat(mirror()).containsExactly("2|again|12.30|s|doc 2");
    }

    target.run(
        "UPDATE cdc.deleted_keys SET deleted_at = now() - interval '59 min' WHERE key = '[1]'");
    target.run(
        "UPDATE cdc.deleted_keys SET deleted_at = now() - interval '61 min' WHERE key = '[2]'");
    try (Connection connection = target.open()) {
      OffsetLedger ledger = new OffsetLedger(connection, "cdc", "test");
      try (TableWriter<SinkRecord> writer = new TableWriter<>(connection, ledger, 500, true)) {
        assertThat(writer.forgetDeletedKeys(Duration.ofHours(1))).isEqualTo(1);
      }
    }
    assertThat(target.rows("SELECT key FROM cdc.deleted_keys")).containsExactly("[1]");
  }

  @Test
  void theSinkPurgesByItself() throws Exception {
    harness.settings.put("replay.horizon.ms", "1000");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "a", "s"), 100), delete(P0, 1, 200)));
      assertThat(target.value("SELECT count(*) FROM cdc.deleted_keys")).isEqualTo("1");
      Awaitility.await()
          .until(
              () -> {
                pipeline.idle();
                return target.value("SELECT count(*) FROM cdc.deleted_keys").equals("0");
              });
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTruncateDeletesWhatIsOlderAndNothingElse(boolean first) throws Exception {
    SinkRecord older = create(P0, item(1, "older", "s"), 100);
    SinkRecord truncate = harness.record(P1, null, events.truncate(streamed(150)));
    SinkRecord newer = create(P0, item(2, "newer", "s"), 200);
    try (Pipeline pipeline = harness.open(P0, P1)) {
      if (first) {
        TopicHarness.write(pipeline, List.of(truncate));
        TopicHarness.write(pipeline, List.of(older, newer));
      } else {
        TopicHarness.write(pipeline, List.of(older, newer));
        TopicHarness.write(pipeline, List.of(truncate));
      }
      // a lagging partition's incomplete change of a truncated row is no dead letter
      TopicHarness.write(pipeline, List.of(update(P0, item(1, "x", ItemEvents.UNAVAILABLE), 120)));
    }
    assertThat(mirror()).containsExactly("2|newer|12.30|s|doc 2");
    assertThat(harness.reasons).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "500"})
  void anUnavailableValueLeavesTheStoredOne(String copyThreshold) throws Exception {
    harness.settings.put("copy.threshold", copyThreshold);
    String none = ItemEvents.UNAVAILABLE;
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              // merged column by column within the batch
              create(P0, new Item(1, "a", BigDecimal.TEN.setScale(2), "story", "doc"), 100),
              update(P0, new Item(1, "b", BigDecimal.ONE.setScale(2), none, none), 110),
              update(P0, new Item(1, "c", BigDecimal.ONE.setScale(2), "story 2", none), 120),
              update(P0, new Item(1, "d", BigDecimal.ONE.setScale(2), none, "doc 2"), 130),
              create(P0, new Item(2, "a", BigDecimal.ONE.setScale(2), "kept", null), 140)));
      assertThat(mirror()).containsExactly("1|d|1.00|story 2|doc 2", "2|a|1.00|kept|null");
      TopicHarness.write(
          pipeline,
          List.of(
              update(P0, new Item(2, "b", BigDecimal.ONE.setScale(2), none, "x"), 150),
              update(P0, new Item(1, null, BigDecimal.ONE.setScale(2), none, none), 160)));
    }
    assertThat(mirror()).containsExactly("1|null|1.00|story 2|doc 2", "2|b|1.00|kept|x");
    assertThat(harness.reasons).isEmpty();
  }

  @Test
  void withoutAStoredRowAnIncompleteChangeIsADeadLetterAndThePlaceholderIsNeverWritten()
      throws Exception {
    String none = ItemEvents.UNAVAILABLE;
    SinkRecord whole = create(P0, item(1, "a", "s"), 100);
    SinkRecord orphan = update(P0, item(7, "orphan", none), 120);
    SinkRecord again = update(P0, item(7, "orphan again", none), 130);
    SinkRecord gone = delete(P0, 1, 205);
    SinkRecord moved = create(P1, item(9, "moved", none), 210);
    try (Pipeline pipeline = harness.open(P0, P1)) {
      TopicHarness.write(
          pipeline, List.of(whole, orphan, again, gone, moved, create(P0, item(2, "b", "s"), 220)));
    }
    assertThat(mirror()).containsExactly("2|b|12.30|s|doc 2");
    assertThat(harness.deadLetters).containsExactlyInAnyOrder(orphan, again, moved);
    assertThat(harness.reasons)
        .allMatch(
            reason ->
                reason.contains("mirror.items")
                    && reason.contains("TOASTed value of story")
                    && reason.contains("REPLICA IDENTITY FULL"));
    assertThat(target.value("SELECT count(*) FROM mirror.items i WHERE i::text LIKE '%debezium%'"))
        .isEqualTo("0");
    assertThat(target.value("SELECT sum(next_offset) FROM cdc.offsets")).isEqualTo("6");
  }

  @Test
  void aColumnAddedWithADefaultHasItInRowsThatComeLateFromBefore() throws Exception {
    ItemEvents wider =
        new ItemEvents(
            harness,
            ItemEvents.COLUMNS
                + ", {\"name\": \"grade\", \"type\": [\"null\", {\"type\": \"int\","
                + " \"connect.parameters\": {\"cdc.column.missing.value\": \"5\"}}],"
                + " \"default\": null}");
    GenericRecord row = wider.row();
    row.put("id", 3);
    row.put("amount", ByteBuffer.wrap(new byte[] {1}));
    row.put("grade", 8);
    try (Pipeline ahead = harness.open(P0);
        Pipeline behind = harness.open(P1)) {
      TopicHarness.write(ahead, List.of(create(P0, item(1, "a", "s"), 100)));
      TopicHarness.write(behind, List.of(create(P1, item(4, "a", "s"), 105)));
      TopicHarness.write(
          ahead,
          List.of(
              harness.record(P0, wider.key(3), wider.upsert("c", row, streamed(200))),
              create(P0, item(6, "a", "s"), 130)));
      TopicHarness.write(
          behind,
          List.of(create(P1, item(2, "late", "s"), 110), update(P1, item(4, "late", "s"), 120)));
      assertThat(target.rows("SELECT id, note, grade FROM mirror.items ORDER BY id"))
          .containsExactly("1|a|5", "2|late|5", "3|null|8", "4|late|5", "6|a|5");

      // dropped: NULL in what is written from then on
      TopicHarness.write(
          ahead,
          List.of(update(P0, item(6, "dropped", "s"), 300), create(P0, item(7, "late", "s"), 140)));
    }
    assertThat(target.rows("SELECT id, grade FROM mirror.items WHERE id > 5 ORDER BY id"))
        .containsExactly("6|null", "7|5");
    assertThat(target.rows("SELECT source_lsn, statement FROM cdc.schema_changes WHERE id = 2"))
        .containsExactly(
            "0/C8|ALTER TABLE \"mirror\".\"items\" ADD COLUMN IF NOT EXISTS \"grade\" integer"
                + " DEFAULT '5'");
  }

  @Test
  void followsWiderTypesOnlyAsSchemaEvolutionSays() throws Exception {
    ItemEvents wider =
        new ItemEvents(
            harness, ItemEvents.COLUMNS.replace("\"precision\": 10", "\"precision\": 20"));
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "a", "s"), 100)));
      GenericRecord row = wider.row();
      row.put("id", 2);
      row.put(
          "amount",
          ByteBuffer.wrap(new BigDecimal("123456789012345.67").unscaledValue().toByteArray()));
      TopicHarness.write(
          pipeline,
          List.of(harness.record(P0, wider.key(2), wider.upsert("c", row, streamed(200)))));
    }
    assertThat(target.rows("SELECT amount FROM mirror.items ORDER BY id"))
        .containsExactly("12.30", "123456789012345.67");

    harness.settings.put("schema.evolution", "none");
    ItemEvents more =
        new ItemEvents(harness, ItemEvents.COLUMNS + ", {\"name\": \"extra\", \"type\": \"int\"}");
    GenericRecord row = more.row();
    row.put("id", 3);
    row.put("amount", ByteBuffer.wrap(new byte[] {1}));
    row.put("extra", 1);
    try (Pipeline pipeline = harness.open(P0)) {
      SinkRecord change = harness.record(P0, more.key(3), more.upsert("c", row, streamed(300)));
      assertThatThrownBy(() -> TopicHarness.write(pipeline, List.of(change)))
          .isInstanceOf(FatalWriteException.class)
          .hasMessageContaining("has no column extra; set schema.evolution=add");
    }
  }

  @Test
  void refusesATableWithoutAKeyAndSaysWhatToDo() {
    try (Pipeline pipeline = harness.open(P0)) {
      SinkRecord keyless =
          harness.record(P0, null, events.upsert("c", item(1, "a", "s"), streamed(100)));
      assertThatThrownBy(() -> pipeline.accept(keyless))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("[shop.public.items-0@0] cannot mirror public.items")
          .hasMessageContaining("no primary key")
          .hasMessageContaining("mode transactional");
    }
  }

  @Test
  void refusesTheMirrorOfTransactionalModeAndNamesTheWayOut() throws Exception {
    target.run(
        "CREATE SCHEMA mirror; CREATE TABLE mirror.items (id int PRIMARY KEY, _cdc_applied_at"
            + " timestamptz, _cdc_position pg_lsn)");
    try (Pipeline pipeline = harness.open(P0)) {
      SinkRecord change = create(P0, item(1, "a", "s"), 100);
      assertThatThrownBy(() -> pipeline.accept(change))
          .isInstanceOf(FatalWriteException.class)
          .hasMessageContaining("_cdc_position is pg_lsn")
          .hasMessageContaining("mirror.schema");
    }
  }

  @Test
  void anotherTablesTopicAndAnotherSinkAreKeptOutOfAMirror() throws Exception {
    PartitionId audited = new PartitionId("shop.audit.items", 0);
    harness.settings.put("table.shop.audit.items", "mirror.items");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "a", "s"), 100)));
    }
    try (Pipeline pipeline = harness.open(audited)) {
      SinkRecord truncate =
          harness.record(audited, null, events.truncate(Place.streamed(100L, 110, 1)));
      assertThatThrownBy(() -> pipeline.accept(truncate))
          .isInstanceOf(FatalWriteException.class)
          .hasMessageContaining("into mirror.items: that is the mirror of public.items");
    }
    target.run("UPDATE cdc.tables SET sink = 'other'");
    try (Pipeline pipeline = harness.open(P0)) {
      SinkRecord change = delete(P0, 1, 120);
      assertThatThrownBy(() -> pipeline.accept(change))
          .hasMessageContaining("it is a mirror of sink other")
          .hasMessageContaining("cdc sink drop other");
    }
    TopicHarness upserts = new TopicHarness(target, "upsert");
    upserts.settings.put("table.name.format", "mirror.${table}");
    try (Pipeline pipeline = upserts.open(P1)) {
      SinkRecord record = upserts.record(P1, new ItemEvents(upserts).key(1), null);
      assertThatThrownBy(
              () -> {
                pipeline.accept(record);
                TopicHarness.settle(pipeline);
              })
          .hasMessageContaining("mirror.items: it is a mirror of sink other");
    }
    assertThat(mirror()).containsExactly("1|a|12.30|s|doc 1");
  }

  @Test
  void anotherTableUnderTheNameIsRefusedBehindTheChangesBeforeIt() throws Exception {
    try (Pipeline pipeline = harness.open(P0)) {
      SinkRecord known = create(P0, item(1, "a", "s"), 100);
      known.headers().addLong(Relations.HEADER, 500);
      TopicHarness.write(pipeline, List.of(known));
      pipeline.accept(create(P0, item(2, "b", "s"), 110));
      SinkRecord others = delete(P0, 1, 120);
      others.headers().addLong(Relations.HEADER, 600);
      assertThatThrownBy(() -> pipeline.accept(others))
          .isInstanceOf(FatalWriteException.class)
          .hasMessageContaining("(relation 600, was 500)");
    }
    assertThat(mirror()).containsExactly("1|a|12.30|s|doc 1", "2|b|12.30|s|doc 2");
  }

  @Test
  void aColumnThatSomebodyHasAddedToTheMirrorIsLeftAlone() throws Exception {
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "a", "s"), 100)));
      target.run(
          "ALTER TABLE mirror.items ADD COLUMN mine text; UPDATE mirror.items SET mine = 'one'");
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "b", "s"), 120)));
    }
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "c", "s"), 130)));
    }
    assertThat(target.rows("SELECT id, note, mine FROM mirror.items")).containsExactly("1|c|one");
  }

  @Test
  void aMirrorDroppedByHandIsRefusedUntilItIsReadAgain() throws Exception {
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "a", "s"), 100)));
      target.run("DROP TABLE mirror.items");
      assertThatThrownBy(
              () -> TopicHarness.write(pipeline, List.of(create(P0, item(2, "b", "s"), 110))))
          .hasMessageContaining("the mirror of public.items, is gone")
          .hasMessageContaining("cdc table reread public.items");
    }
    try (Pipeline pipeline = harness.open(P0)) {
      SinkRecord change = create(P0, item(3, "c", "s"), 120);
      assertThatThrownBy(() -> pipeline.accept(change))
          .hasMessageContaining("cdc table reread public.items");
    }
    try (Connection admin = target.open()) {
      assertThat(new LedgerAdmin(admin, "cdc").reread(new TableId("public", "items")))
          .containsExactly("test");
    }
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(4, "d", "s"), 130)));
    }
    assertThat(mirror()).containsExactly("4|d|12.30|s|doc 4");
  }

  @Test
  void aRowThatTheTargetRefusesIsADeadLetterAndTheOthersAreWritten() throws Exception {
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "a", "s"), 100)));
      target.run("ALTER TABLE mirror.items ADD CHECK (note <> 'bad')");
      SinkRecord good = update(P0, item(1, "good", ItemEvents.UNAVAILABLE), 110);
      SinkRecord bad = update(P0, item(1, "bad", "s"), 120);
      SinkRecord orphan = update(P0, item(8, "orphan", ItemEvents.UNAVAILABLE), 130);
      TopicHarness.write(
          pipeline,
          List.of(good, bad, orphan, create(P0, item(2, "b", "s"), 140), delete(P0, 5, 150)));
      assertThat(harness.deadLetters).containsExactlyInAnyOrder(bad, orphan);
    }
    assertThat(mirror()).containsExactly("1|good|12.30|s|doc 1", "2|b|12.30|s|doc 2");
  }

  @Test
  void aChangeMarkedAsARowOfASnapshotIsStreamed() throws Exception {
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(pipeline, List.of(create(P0, item(1, "created", "s"), 200)));
      TopicHarness.write(
          pipeline,
          List.of(
              // the first transaction after a restart may have begun before what is known
              upsert(P0, "u", item(1, "changed", "s"), new Place(null, 190L, 1, "true")),
              upsert(P0, "u", item(1, "changed again", "s"), new Place(null, 191L, 2, "last"))));
      assertThat(mirror()).containsExactly("1|changed again|12.30|s|doc 1");

      TopicHarness.write(
          pipeline,
          List.of(
              upsert(P0, "r", item(1, "a change", "s"), new Place(205L, 180L, 1, "true")),
              upsert(P0, "r", item(2, "a change", "s"), new Place(205L, 180L, 2, "true"))));
      assertThat(mirror()).containsExactly("1|a change|12.30|s|doc 1", "2|a change|12.30|s|doc 2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"195", "null"}) // the commit before is known, or is not
  void aPartOfATransactionThatIsDeliveredAgainChangesNothing(String before) throws Exception {
    Long previous = before.equals("null") ? null : Long.valueOf(before);
    List<SinkRecord> part =
        List.of(
            upsert(P0, "c", item(1, "first", "s"), new Place(previous, 200L, 1, "false")),
            upsert(P0, "u", item(1, "second", "s"), new Place(previous, 210L, 2, "false")));
    try (Pipeline pipeline = harness.open(P0)) {
      Function<String, Object> metrics = TopicHarness.measure(pipeline);
      TopicHarness.write(pipeline, part);
      List<String> written = target.rows("SELECT ctid, xmin FROM mirror.items");

      for (SinkRecord again : part) {
        TopicHarness.write(
            pipeline, List.of(harness.record(P0, (byte[]) again.key(), again.value())));
      }

      assertThat(target.rows("SELECT ctid, xmin FROM mirror.items")).isEqualTo(written);
      assertThat(metrics.apply("dropped-repeats-total")).isEqualTo(2L);
    }
    assertThat(mirror()).containsExactly("1|second|12.30|s|doc 1");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 4}) // the announcement is read first, …, last
  void aSnapshotTakenAgainLeavesNothingOfTheOneBefore(int place) throws Exception {
    List<Supplier<SinkRecord>> again =
        new ArrayList<>(
            List.of(
                () -> upsert(P0, "r", item(1, "as it was", "s"), Place.snapshot(200)),
                () -> upsert(P1, "r", item(4, "key was 2", "s"), Place.snapshot(200)),
                // open when the snapshot was taken, and the first two to commit after it
                () -> upsert(P1, "c", item(5, "after", "s"), new Place(null, 190L, 1, "false")),
                () -> upsert(P1, "c", item(6, "after", "s"), new Place(205L, 195L, 1, "false"))));
    again.add(place, () -> harness.record(P0, null, events.truncate(announcement(200))));
    try (Pipeline pipeline = harness.open(P0, P1)) {
      TopicHarness.write(
          pipeline,
          List.of(
              upsert(P0, "r", item(1, "as it was", "s"), Place.snapshot(100)),
              upsert(P1, "r", item(2, "re-keyed", "s"), Place.snapshot(100)),
              upsert(P0, "r", item(3, "gone", "s"), Place.snapshot(100))));
      for (Supplier<SinkRecord> next : again) {
        TopicHarness.write(pipeline, List.of(next.get()));
      }
      TopicHarness.write(
          pipeline, List.of(upsert(P1, "r", item(7, "late", "s"), Place.snapshot(100))));
    }

    assertThat(target.rows("SELECT id, note FROM mirror.items ORDER BY id"))
        .containsExactly("1|as it was", "4|key was 2", "5|after", "6|after");
  }

  @Test
  void aSnapshotTakenAgainInOneFlushLeavesNothingOfTheOneBefore() throws Exception {
    try (Pipeline pipeline = harness.open(P0, P1)) {
      TopicHarness.write(
          pipeline,
          List.of(
              upsert(P0, "r", item(1, "old", "s"), Place.snapshot(100)),
              upsert(P1, "r", item(2, "gone", "s"), Place.snapshot(100)),
              upsert(P0, "r", item(1, "new", "s"), Place.snapshot(200)),
              harness.record(P1, null, events.truncate(announcement(200))),
              upsert(P1, "c", item(5, "after", "s"), new Place(null, 190L, 1, "false"))));
    }

    assertThat(target.rows("SELECT id, note FROM mirror.items ORDER BY id"))
        .containsExactly("1|new", "5|after");
  }

  private static Place announcement(long lsn) {
    return new Place(null, lsn, 0, "first");
  }
}
