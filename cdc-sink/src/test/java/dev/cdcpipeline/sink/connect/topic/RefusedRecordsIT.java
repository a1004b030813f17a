package dev.cdcpipeline.sink.connect.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Records that the target refuses: each is found, wherever it stands, and no offset is passed
 * without its record being written or with the dead letters.
 */
class RefusedRecordsIT {
  private static final PartitionId P0 = new PartitionId("readings", 0);
  private static final Schema KEY =
      SchemaBuilder.record("K").fields().requiredInt("id").endRecord();
  private static final Schema VALUE =
      SchemaBuilder.record("V")
          .fields()
          .requiredInt("id")
          .requiredInt("level")
          .requiredString("note")
          .endRecord();

  private TargetDatabase target;
  private TopicHarness harness;

  @BeforeEach
  void open() throws Exception {
    target = new TargetDatabase();
    target.run(
        "CREATE TABLE readings (id int PRIMARY KEY, level int CHECK (level >= 0), note"
            + " varchar(10))");
    harness = new TopicHarness(target, "upsert");
  }

  @AfterEach
  void close() throws Exception {
    target.close();
  }

  private byte[] key(int id) {
    return harness.avro(new GenericRecordBuilder(KEY).set("id", id).build());
  }

  private SinkRecord reading(int id, int level, String note) {
    return harness.record(
        P0,
        key(id),
        harness.avro(
            new GenericRecordBuilder(VALUE)
                .set("id", id)
                .set("level", level)
                .set("note", note)
                .build()));
  }

  private String ledger() throws Exception {
    return target.value("SELECT next_offset FROM cdc.offsets");
  }

  @ParameterizedTest
  @CsvSource({"upsert,1", "upsert,500", "append,1", "append,500"})
  void findsARefusedRecordAtEveryPosition(String mode, String copyThreshold) throws Exception {
    harness.settings.put("mode", mode);
    harness.settings.put("copy.threshold", copyThreshold);
    int size = 9;
    for (int bad = 0; bad < size; bad++) {
      target.run("TRUNCATE readings");
      harness.deadLetters.clear();
      harness.reasons.clear();
      List<SinkRecord> records = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        records.add(reading(i, i == bad ? -1 : i, "n"));
      }
      try (Pipeline pipeline = harness.open(P0)) {
        TopicHarness.write(pipeline, records);
      }

      assertThat(harness.deadLetters).containsExactly(records.get(bad));
      assertThat(harness.reasons.get(0))
          .startsWith("[" + DeadLetters.place(records.get(bad)) + "]")
          .contains("SQLSTATE 23514")
          .contains("public.readings");
      assertThat(target.value("SELECT string_agg(id::text, ',' ORDER BY id) FROM readings"))
          .isEqualTo("0,1,2,3,4,5,6,7,8".replaceFirst(bad == 0 ? "0," : "," + bad, ""));
      assertThat(ledger()).isEqualTo(String.valueOf((bad + 1) * size));
    }
  }

  @ParameterizedTest
  @CsvSource({"upsert,changes-update-total", "append,changes-create-total"})
  void countsARefusedRecordAsADeadLetterOnly(String mode, String metric) throws Exception {
    harness.settings.put("mode", mode);
    try (Pipeline pipeline = harness.open(P0)) {
      Function<String, Object> metrics = TopicHarness.measure(pipeline);
      TopicHarness.write(
          pipeline, List.of(reading(1, 1, "a"), reading(2, -1, "bad"), reading(3, 3, "c")));
      assertThat(metrics.apply(metric)).isEqualTo(2L);
      assertThat(metrics.apply("rows-written-total")).isEqualTo(2L);
      assertThat(metrics.apply("dead-letters-total")).isEqualTo(1L);
      assertThat(metrics.apply("changes-update-total")).isEqualTo(mode.equals("upsert") ? 2L : 0L);
    }
  }

  @Test
  void theRecordBeforeARefusedOneOfTheSameKeyTakesItsPlace() throws Exception {
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              reading(1, 1, "first"),
              reading(2, 1, "first"),
              reading(1, 2, "second"),
              reading(1, -3, "bad"),
              reading(1, 4, "much too long"),
              reading(3, -1, "bad")));
    }
    assertThat(target.rows("SELECT id, level, note FROM readings ORDER BY 1"))
        .containsExactly("1|2|second", "2|1|first");
    assertThat(harness.reasons).hasSize(3);
    assertThat(harness.reasons).anyMatch(r -> r.contains("readings-0@4") && r.contains("22001"));
  }

  @Test
  void findsWhatADeferredConstraintRefuses() throws Exception {
    target.run("CREATE TABLE sites (id int PRIMARY KEY); INSERT INTO sites VALUES (1)");
    target.run(
        "ALTER TABLE readings ADD FOREIGN KEY (level) REFERENCES sites DEFERRABLE INITIALLY"
            + " DEFERRED");
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline, List.of(reading(1, 1, "a"), reading(2, 9, "b"), reading(3, 1, "c")));
    }
    assertThat(target.rows("SELECT id FROM readings ORDER BY 1")).containsExactly("1", "3");
    assertThat(harness.reasons)
        .singleElement()
        .asString()
        .contains("readings-0@1")
        .contains("23503");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "500"})
  void findsWhatATriggerRefuses(String copyThreshold) throws Exception {
    target.run(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF new.note = 'odd' THEN RAISE 'no % here', new.note; END IF;
          IF new.note = 'outside' THEN RAISE USING ERRCODE = '44000', MESSAGE = 'outside'; END IF;
          RETURN new;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON readings FOR EACH ROW EXECUTE FUNCTION refuse()
        """);
    harness.settings.put("copy.threshold", copyThreshold);
    try (Pipeline pipeline = harness.open(P0)) {
      TopicHarness.write(
          pipeline,
          List.of(
              reading(1, 1, "a"),
              reading(2, 2, "odd"),
              reading(3, 3, "outside"),
              reading(4, 4, "b")));
    }
    assertThat(target.rows("SELECT id FROM readings ORDER BY 1")).containsExactly("1", "4");
    assertThat(harness.reasons)
        .satisfiesExactly(
            reason -> assertThat(reason).contains("readings-0@1", "SQLSTATE P0001"),
            reason -> assertThat(reason).contains("readings-0@2", "SQLSTATE 44000"));
    assertThat(ledger()).isEqualTo("4");
  }

  @Test
  void writesRowsThatTheTargetCallsOneThoughTheirBytesDiffer() throws Exception {
    target.run(
        "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic ="
            + " false)");
    target.run("CREATE TABLE words (word text COLLATE folded PRIMARY KEY, n int)");
    harness.settings.put("key.columns", "word");
    PartitionId words = new PartitionId("words", 0);
    Schema key = Schema.create(Schema.Type.STRING);
    Schema value = SchemaBuilder.record("N").fields().requiredInt("n").endRecord();
    try (Pipeline pipeline = harness.open(words)) {
      List<SinkRecord> records = new ArrayList<>();
      int n = 0;
      for (String word : List.of("tea", "nut", "TEA", "Nut", "oil")) {
        records.add(
            harness.record(
                words,
                harness.avro(key, word),
                harness.avro(new GenericRecordBuilder(value).set("n", ++n).build())));
      }
      TopicHarness.write(pipeline, records);
    }
    assertThat(target.rows("SELECT lower(word), n FROM words ORDER BY 2"))
        .containsExactly("tea|3", "nut|4", "oil|5");
    assertThat(harness.deadLetters).isEmpty();
  }

  @Test
  void commitsNothingBeforeTheDeadLetterIsSafe() throws Exception {
    AtomicReference<CompletableFuture<Void>> report = new AtomicReference<>();
    harness.reporter =
        (record, error) -> {
          report.set(new CompletableFuture<>());
          return report.get();
        };
    try (Pipeline pipeline = harness.open(P0)) {
      pipeline.accept(reading(1, 1, "good"));
      pipeline.accept(reading(2, -1, "bad"));
      pipeline.apply();
      Awaitility.await("the report").until(() -> report.get() != null);
      // time enough for a commit that does not wait
      Awaitility.await("nothing is committed while the report is under way")
          .during(java.time.Duration.ofMillis(500))
          .until(() -> target.value("SELECT count(*) FROM readings").equals("0"));
      report.get().complete(null);
      TopicHarness.settle(pipeline);
    }
    assertThat(target.rows("SELECT note FROM readings")).containsExactly("good");
    assertThat(ledger()).isEqualTo("2");
  }

  @Test
  void passesNoOffsetWhenADeadLetterCannotBeSent() throws Exception {
    harness.reporter =
        (record, error) -> CompletableFuture.failedFuture(new IllegalStateException("no topic"));
    List<SinkRecord> records = List.of(reading(1, 1, "good"), reading(2, -1, "bad"));
    try (Pipeline pipeline = harness.open(P0)) {
      assertThatThrownBy(() -> TopicHarness.write(pipeline, records))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("cannot send a dead letter: no topic");
    }
    assertThat(target.rows("SELECT next_offset FROM cdc.offsets")).containsExactly("null");
    assertThat(target.rows("SELECT * FROM readings")).isEmpty();
  }

  @Test
  void stopsWithTheWayOutWhereThereAreNoDeadLetters() throws Exception {
    harness.reporter = null;
    try (Pipeline pipeline = harness.open(P0)) {
      assertThatThrownBy(() -> TopicHarness.write(pipeline, List.of(reading(1, -1, "bad"))))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("[readings-0@0]")
          .hasMessageContaining("errors.deadletterqueue.topic.name");
    }
    assertThat(target.rows("SELECT next_offset FROM cdc.offsets")).containsExactly("null");
  }

  @Test
  void stopsWhenTooManyAreBad() throws Exception {
    List<SinkRecord> records = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      records.add(reading(i, i % 3 == 0 ? 1 : -1, "n"));
    }
    try (Pipeline pipeline = harness.open(P0)) {
      assertThatThrownBy(() -> TopicHarness.write(pipeline, records))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("bad.records.max.share=0.5");
    }
    assertThat(harness.deadLetters).isEmpty();
    assertThat(target.rows("SELECT next_offset FROM cdc.offsets")).containsExactly("null");
  }

  /**
   * Records good and bad in every way, flushes of any size, and a pipeline that is dropped at any
   * time: in the end every record was written, was followed by a later one of its key that was, or
   * is with the dead letters.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void passesNoOffsetWithoutItsRecord(long seed) throws Exception {
    Random random = new Random(seed);
    harness.settings.put("bad.records.max.share", "1");
    TreeMap<Integer, String> expected = new TreeMap<>();
    List<SinkRecord> log = new ArrayList<>();
    List<SinkRecord> bad = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      int id = random.nextInt(40);
      SinkRecord record;
      switch (random.nextInt(8)) {
        case 0 -> record = reading(id, -1, "bad");
        case 1 -> record = reading(id, 1, "much too long");
        case 2 -> record = harness.record(P0, key(id), new byte[] {0, 0, 0, 0, 99, 1});
        case 3 -> record = harness.record(P0, key(id), null);
        default -> record = reading(id, i, "n" + i);
      }
      log.add(record);
      boolean good = record.value() == null || ((byte[]) record.value()).length > 6;
      if (record.value() == null) {
        expected.remove(id);
      } else if (good && !isBadReading(record)) {
        expected.put(id, id + "|" + i + "|n" + i);
      } else {
        bad.add(record);
      }
    }
    while (ledgerOffset() < log.size()) {
      harness.settings.put("flush.max.rows", String.valueOf(1 + random.nextInt(120)));
      harness.settings.put("copy.threshold", String.valueOf(1 + random.nextInt(60)));
      int from = ledgerOffset();
      try (Pipeline pipeline = harness.open(P0)) {
        int to = Math.min(log.size(), from + random.nextInt(150));
        log.subList(Math.max(0, from - 5), to).forEach(pipeline::accept);
        if (random.nextBoolean()) {
          TopicHarness.settle(pipeline);
        }
      }
    }
    assertThat(target.rows("SELECT * FROM readings ORDER BY 1"))
        .as("seed " + seed)
        .containsExactlyElementsOf(expected.values());
    assertThat(bad).as("seed " + seed).containsAll(harness.deadLetters);
    bad.removeAll(harness.deadLetters);
    // what never reached the target: a later record of its key took its place
    assertThat(bad)
        .as("seed " + seed)
        .allMatch(record -> isFollowedByAnother(record, log) && isBadReading(record));
  }

  private boolean isFollowedByAnother(SinkRecord record, List<SinkRecord> log) {
    return log.stream()
        .anyMatch(
            other ->
                other.kafkaOffset() > record.kafkaOffset()
                    && Arrays.equals((byte[]) other.key(), (byte[]) record.key())
                    && (other.value() == null || !isBadReading(other)));
  }

  private boolean isBadReading(SinkRecord record) {
    byte[] value = (byte[]) record.value();
    String text = new String(value, java.nio.charset.StandardCharsets.ISO_8859_1);
    return text.endsWith("bad") || text.endsWith("much too long");
  }

  private int ledgerOffset() throws Exception {
    if (target.value("SELECT to_regclass('cdc.offsets')").equals("null")) {
      return 0;
    }
    return Integer.parseInt(target.value("SELECT coalesce(max(next_offset), 0) FROM cdc.offsets"));
  }
}
