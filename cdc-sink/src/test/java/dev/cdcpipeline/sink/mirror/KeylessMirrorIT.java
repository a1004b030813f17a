package dev.cdcpipeline.sink.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.RowIdentity;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.ColumnTypes;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.RecordWriteException;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table without a key: equal rows are as many as at the source, whatever happens to them. */
class KeylessMirrorIT {
  private static final TableId HISTORY = new TableId("public", "history");
  // types without an equality of their own, and one whose text is shorter than its value
  private static final RowType TYPE =
      new RowType(
          List.of(
              column("n", ColumnType.INT32, "INT4"),
              column("price", ColumnType.DECIMAL, "NUMERIC"),
              column("note", ColumnType.JSON, "JSON"),
              new Column(
                  "code",
                  ColumnType.STRING,
                  true,
                  Map.of(ColumnTypes.SOURCE_TYPE, "BPCHAR", ColumnTypes.SOURCE_LENGTH, "4"))));

  private final RowIdentity identity = new RowIdentity();
  private TargetDatabase database;
  private Connection connection;
  private OffsetLedger ledger;
  private long next;

  private static Column column(String name, ColumnType type, String sourceType) {
    return Changes.column(name, type, sourceType);
  }

  @BeforeEach
  void open() throws SQLException {
    database = new TargetDatabase();
    connection = database.open();
    ledger = new OffsetLedger(connection, "cdc", "analytics");
    ledger.createObjects();
    ledger.claim(List.of());
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    database.close();
  }

  private TransactionalWriter writer(int threshold) {
    return new TransactionalWriter(
        connection,
        ledger,
        WriterOptions.defaults().withCopyThreshold(threshold).withChunkRows(threshold),
        List.of());
  }

  private static Row row(Integer n) {
    return new Row(
        TYPE,
        new Object[] {
          n,
          n == null ? null : new BigDecimal(n + ".50"),
          n == null ? null : "{\"n\":  " + n + "}",
          "x"
        });
  }

  private RowChange change(Operation operation, Row row, Row before) {
    next++;
    Coordinates at = new Coordinates("shop.public.history", 0, next);
    return new RowChange(
        HISTORY,
        operation,
        RowIdentity.KEY,
        row == null ? null : identity.identified(row, at),
        new SourcePosition(1, new Lsn(1000 + next), new Lsn(5000 + next), next),
        Changes.COMMIT_TIME,
        at,
        before);
  }

  private List<String> mirror() throws SQLException {
    return database.rows("SELECT ROW(n, price, note, code)::text FROM mirror.history ORDER BY 1");
  }

  private static List<String> texts(List<Integer> rows) {
    return rows.stream()
        .map(
            n ->
                n == null
                    ? "(,,,\"x   \")"
                    : "(%1$d,%1$d.50,\"{\"\"n\"\":  %1$d}\",\"x   \")".formatted(n))
        .sorted()
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 1000})
  void equalRowsAreAsManyAsAtTheSource(int threshold) throws SQLException {
    long seed = Long.getLong("cdc.seed", System.nanoTime());
    Random random = new Random(seed);
    TransactionalWriter writer = writer(threshold);
    List<Integer> source = new ArrayList<>();
    for (int flush = 0; flush < 12; flush++) {
      List<RowChange> changes = new ArrayList<>();
      for (int i = random.nextInt(30); i >= 0; i--) {
        changes.add(randomChange(random, source));
      }
      writer.stage(changes);
      writer.commit(List.of(), Optional.empty());

      assertThat(mirror().stream().sorted()).as("-Dcdc.seed=%d", seed).isEqualTo(texts(source));
    }
  }

  private RowChange randomChange(Random random, List<Integer> source) {
    Integer value = random.nextInt(6) == 0 ? null : random.nextInt(4);
    int what = random.nextInt(20);
    if (what == 0) {
      source.clear();
      return change(Operation.TRUNCATE, null, null);
    }
    if (what < 10 || source.isEmpty()) {
      source.add(value);
      return change(Operation.CREATE, row(value), null);
    }
    int at = random.nextInt(source.size());
    Row before = row(source.get(at));
    if (what < 15) {
      source.set(at, value);
      return change(Operation.UPDATE, row(value), before);
    }
    source.remove(at);
    return change(Operation.DELETE, before, before);
  }

  @Test
  void aRecordThatIsReadAgainReplacesItself() throws SQLException {
    TransactionalWriter writer = writer(1000);
    List<RowChange> inserts =
        List.of(change(Operation.CREATE, row(1), null), change(Operation.CREATE, row(1), null));
    for (int i = 0; i < 2; i++) {
      writer.stage(inserts);
      writer.commit(List.of(), Optional.empty());
    }

    assertThat(mirror()).isEqualTo(texts(Arrays.asList(1, 1)));
  }

  @Test
  void aChangeOfARowThatIsNotThereIsRefused() throws SQLException {
    TransactionalWriter writer = writer(1000);
    writer.stage(List.of(change(Operation.CREATE, row(1), null)));
    writer.commit(List.of(), Optional.empty());

    assertThatThrownBy(() -> writer.stage(List.of(change(Operation.UPDATE, row(3), row(2)))))
        .isInstanceOf(RecordWriteException.class)
        .hasMessage(
            "[shop.public.history-0@2] cannot write a change of public.history: the table has no"
                + " key, and no row of \"mirror\".\"history\" equals the row before the change;"
                + " take a snapshot of it again");
    assertThat(mirror()).isEqualTo(texts(List.of(1)));
  }

  @Test
  void aMirrorMadeByHandNeedsTheColumnThatTellsItsRowsApart() throws SQLException {
    database.run(
        "CREATE SCHEMA mirror; CREATE TABLE mirror.history (n int, price numeric, note json, code"
            + " char(4))");

    assertThatThrownBy(() -> writer(1000).stage(List.of(change(Operation.CREATE, row(1), null))))
        .isInstanceOf(FatalWriteException.class)
        .hasMessageContaining(
            "ALTER TABLE \"mirror\".\"history\" ADD COLUMN _cdc_row text DEFAULT"
                + " gen_random_uuid()::text PRIMARY KEY");
  }
}
