package dev.cdcpipeline.sink.mirror;

import static dev.cdcpipeline.sink.postgres.Changes.all;
import static dev.cdcpipeline.sink.postgres.Changes.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.ColumnTypes;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.MirrorForecast;
import dev.cdcpipeline.sink.postgres.SchemaEvolution;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorEvolutionIT {
  private final Column id = column("id", ColumnType.INT32, "INT4");
  private final Column name = sized("name", ColumnType.STRING, "VARCHAR", 5, 0);
  private final Column price = sized("price", ColumnType.DECIMAL, "NUMERIC", 5, 2);
  private final Changes items = Changes.of("items", "id", id, name, price);
  private TargetDatabase database;
  private Connection connection;
  private OffsetLedger ledger;

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

  private static Column sized(
      String name, ColumnType type, String sourceType, int length, int scale) {
    return new Column(
        name,
        type,
        true,
        Map.of(
            ColumnTypes.SOURCE_TYPE,
            sourceType,
            ColumnTypes.SOURCE_LENGTH,
            Integer.toString(length),
            ColumnTypes.SOURCE_SCALE,
            Integer.toString(scale)));
  }

  private TransactionalWriter writer(SchemaEvolution evolution, int threshold) {
    WriterOptions options =
        WriterOptions.defaults()
            .withSchemaEvolution(evolution)
            .withCopyThreshold(threshold)
            .withChunkRows(threshold);
    return new TransactionalWriter(connection, ledger, options, List.of());
  }

  private List<String> columns() throws SQLException {
    return database.rows(
        "SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute"
            + " WHERE attrelid = 'mirror.items'::regclass AND attnum > 0 AND attname !~ '^_cdc'"
            + " ORDER BY attnum");
  }

  @Test
  void createsTheSourcesTypes() throws SQLException {
    writer(SchemaEvolution.NONE, 100).stage(all(items.create(1, "a", new BigDecimal("1.00"))));

    assertThat(columns())
        .containsExactly("id integer", "name character varying(5)", "price numeric(5,2)");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void addsAndWidensInTheMiddleOfAFlush(int threshold) throws SQLException {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, threshold);
    writer.stage(all(items.create(1, "a", new BigDecimal("1.00"))));
    writer.commit(List.of(), Optional.empty());
    Changes wider =
        items.with(
            column("id", ColumnType.INT64, "INT8"),
            sized("name", ColumnType.STRING, "VARCHAR", 50, 0),
            sized("price", ColumnType.DECIMAL, "NUMERIC", 12, 4),
            column("added", ColumnType.STRING, "TEXT"));

    writer.stage(all(items.update(1, "b", new BigDecimal("2.00"))));
    writer.stage(
        all(
            wider.create(5_000_000_000L, "longer than five", new BigDecimal("12345678.0001"), "x"),
            wider.update(1L, "b", new BigDecimal("2.0000"), "y")));
    writer.commit(List.of(), Optional.empty());

    assertThat(columns())
        .containsExactly(
            "id bigint", "name character varying(50)", "price numeric(12,4)", "added text");
    assertThat(database.rows("SELECT id, name, price, added FROM mirror.items ORDER BY 1"))
        .containsExactly("1|b|2.0000|y", "5000000000|longer than five|12345678.0001|x");
    assertThat(database.rows("SELECT statement FROM cdc.schema_changes ORDER BY id"))
        .hasSize(5)
        .last()
        .isEqualTo("ALTER TABLE \"mirror\".\"items\" ADD COLUMN IF NOT EXISTS \"added\" text");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void rowsOfBeforeHaveTheDefaultOfAColumnThatAppears(int threshold) throws SQLException {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, threshold);
    writer.stage(all(items.create(1, "a", BigDecimal.ONE)));
    writer.commit(List.of(), Optional.empty());
    Changes more =
        items.with(id, name, price, preset(ColumnType.STRING, "VARCHAR", 20, 0, "it's new"));

    writer.stage(all(items.create(2, "b", BigDecimal.ONE), items.update(1, "c", BigDecimal.TEN)));
    writer.stage(all(more.create(3, "d", BigDecimal.ONE, null)));
    writer.commit(List.of(), Optional.empty());

    assertThat(database.rows("SELECT id, name, added FROM mirror.items ORDER BY 1"))
        .containsExactly("1|c|it's new", "2|b|it's new", "3|d|null");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void rowsOfTheSameTransactionHaveTheDefaultWhereTheyWereWrittenBefore(int threshold)
      throws SQLException {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, threshold);
    Changes more =
        items.with(id, name, price, preset(ColumnType.STRING, "VARCHAR", 20, 0, "it's new"));

    writer.stage(
        all(
            items.create(1, "a", BigDecimal.ONE),
            items.create(2, "b", BigDecimal.ONE),
            more.create(3, "d", BigDecimal.ONE, null),
            more.update(2, "b", BigDecimal.ONE, "set")));
    writer.commit(List.of(), Optional.empty());

    assertThat(database.rows("SELECT id, name, added FROM mirror.items ORDER BY 1"))
        .containsExactly("1|a|it's new", "2|b|set", "3|d|null");
  }

  /** Both find the column missing before either can add it: a reader keeps the table from both. */
  @Test
  void ofTwoTasksThatRaceOneAddsAColumn() throws Exception {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, 100);
    writer.stage(all(items.create(1, "a", BigDecimal.ONE)));
    writer.commit(List.of(), Optional.empty());
    Changes more = items.with(id, name, preset(ColumnType.STRING, "VARCHAR", 20, 0, "new"));
    ExecutorService tasks = Executors.newFixedThreadPool(2);
    try (Connection reader = database.open();
        Connection other = database.open()) {
      OffsetLedger otherLedger = new OffsetLedger(other, "cdc", ledger.sink());
      otherLedger.claimPartitions(List.of());
      TransactionalWriter otherWriter =
          new TransactionalWriter(other, otherLedger, WriterOptions.defaults(), List.of());
      try (Statement statement = reader.createStatement()) {
        statement.execute("LOCK TABLE mirror.items IN ACCESS SHARE MODE");
      }
      List<Future<?>> racing =
          List.of(
              tasks.submit(() -> write(writer, more.create(2, "b", "x"))),
              tasks.submit(() -> write(otherWriter, more.create(3, "c", "y"))));
      Awaitility.await("both tasks wait")
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  database
                      .value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                      .equals("2"));
      reader.rollback();
      for (Future<?> task : racing) {
        task.get();
      }
    } finally {
      tasks.shutdownNow();
    }

    assertThat(database.rows("SELECT id, name, added FROM mirror.items ORDER BY 1"))
        .containsExactly("1|a|new", "2|b|x", "3|c|y");
    assertThat(
            database.value(
                "SELECT count(*) FROM cdc.schema_changes WHERE statement LIKE '%ADD COLUMN%'"))
        .as("added once, recorded once")
        .isEqualTo("1");
  }

  private static void write(TransactionalWriter writer, RowChange change) {
    writer.stage(List.of(change));
    writer.commit(List.of(), Optional.empty());
  }

  @Test
  void anAddedColumnHasTheValueOfTheSourcesCatalogueInExistingRows() throws SQLException {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, 100);
    writer.stage(all(items.create(1, "a", BigDecimal.ONE)));
    writer.commit(List.of(), Optional.empty());
    Column tax = preset(ColumnType.DECIMAL, "NUMERIC", 5, 2, "2.58");
    Column at = preset(ColumnType.TIMESTAMP_MICROS, "TIMESTAMP", 29, 6, "infinity");

    writer.stage(all(items.with(id, tax).create(2, null)));
    writer.commit(List.of(), Optional.empty());
    assertThat(database.rows("SELECT added FROM mirror.items WHERE id = 1"))
        .containsExactly("2.58");

    Column later = new Column("later", at.type(), true, at.parameters());
    writer.stage(all(items.with(id, later).create(3, null)));
    writer.commit(List.of(), Optional.empty());
    assertThat(database.rows("SELECT later FROM mirror.items WHERE id = 1"))
        .containsExactly("infinity");
  }

  private static Column preset(
      ColumnType type, String sourceType, int length, int scale, String value) {
    Map<String, String> parameters =
        new HashMap<>(sized("added", type, sourceType, length, scale).parameters());
    parameters.put(Column.MISSING_VALUE, value);
    parameters.put("scale", Integer.toString(scale));
    return new Column("added", type, true, parameters);
  }

  @Test
  void refusesATableWithoutAKey() {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, 100);
    RowChange keyed = items.create(1, "a", BigDecimal.ONE);
    RowChange change =
        new RowChange(
            keyed.table(),
            keyed.operation(),
            List.of(),
            keyed.row(),
            keyed.position(),
            keyed.commitTimeMicros(),
            keyed.coordinates());

    assertThatThrownBy(() -> writer.stage(List.of(change)))
        .isInstanceOf(FatalWriteException.class)
        .hasMessageContaining("cannot mirror public.items")
        .hasMessageContaining("message.key.columns");
  }

  @Test
  void aDroppedColumnStaysAndIsNullFromThenOn() throws SQLException {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, 100);
    writer.stage(all(items.create(1, "a", BigDecimal.ONE), items.create(2, "b", BigDecimal.ONE)));
    writer.commit(List.of(), Optional.empty());

    writer.stage(all(items.with(id, price).update(1, BigDecimal.TEN)));
    writer.commit(List.of(), Optional.empty());

    assertThat(database.rows("SELECT id, name, price FROM mirror.items ORDER BY 1"))
        .containsExactly("1|null|10.00", "2|b|1.00");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100})
  void aColumnThatSomebodyHasAddedToTheMirrorIsLeftAlone(int threshold) throws SQLException {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, threshold);
    writer.stage(all(items.create(1, "a", BigDecimal.ONE), items.create(2, "b", BigDecimal.ONE)));
    writer.commit(List.of(), Optional.empty());
    database.run(
        "ALTER TABLE mirror.items ADD COLUMN mine text DEFAULT 'm'; UPDATE mirror.items SET mine ="
            + " 'one' WHERE id = 1");

    Changes more = items.with(id, price, column("vip", ColumnType.BOOLEAN, "BOOL"));
    for (TransactionalWriter w : List.of(writer, writer(SchemaEvolution.EVOLVE, threshold))) {
      w.stage(all(items.update(1, "a2", BigDecimal.TEN)));
      w.stage(all(more.update(2, BigDecimal.TEN, true)));
      w.commit(List.of(), Optional.empty());
    }
    writer.loadSnapshot(
        new Lsn(9000),
        true,
        all(items.read(1, "a3", BigDecimal.ONE), items.read(3, "c", null)),
        List.of());
    writer.completeSnapshot(List.of(), Optional.empty());

    assertThat(database.rows("SELECT id, name, mine FROM mirror.items ORDER BY 1"))
        .containsExactly("1|a3|one", "3|c|m");
  }

  @Test
  void refusesANewColumnWhenItMayNotAddIt() {
    TransactionalWriter writer = writer(SchemaEvolution.NONE, 100);
    writer.stage(all(items.create(1, "a", BigDecimal.ONE)));
    writer.commit(List.of(), Optional.empty());
    Changes more = items.with(id, column("vip", ColumnType.BOOLEAN, "BOOL"));

    assertThatThrownBy(() -> writer.stage(all(more.create(2, true))))
        .isInstanceOf(FatalWriteException.class)
        .hasMessage(
            "cannot write changes of public.items: mirror.items has no column vip; set"
                + " schema.evolution=add, or run: ALTER TABLE \"mirror\".\"items\" ADD COLUMN IF"
                + " NOT EXISTS \"vip\" boolean");
  }

  @Test
  void refusesATypeThatHoldsNoneOfTheOldValues() {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, 100);
    writer.stage(all(items.create(1, "a", BigDecimal.ONE)));
    writer.commit(List.of(), Optional.empty());
    Changes other = items.with(id, column("name", ColumnType.UUID, "UUID"));

    assertThatThrownBy(() -> writer.stage(all(other.create(2, "?"))))
        .isInstanceOf(FatalWriteException.class)
        .hasMessageContaining("uuid at the source and character varying(5) in mirror.items")
        .hasMessageContaining("ALTER TABLE \"mirror\".\"items\" ALTER COLUMN \"name\" TYPE uuid");
  }

  @Test
  void relaxesNotNull() throws SQLException {
    database.run(
        "CREATE SCHEMA mirror; CREATE TABLE mirror.items (id int PRIMARY KEY, name text NOT NULL,"
            + " price numeric(5,2))");
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, 100);

    writer.stage(all(items.create(1, null, BigDecimal.ONE)));
    writer.commit(List.of(), Optional.empty());

    assertThat(database.rows("SELECT id, name FROM mirror.items")).containsExactly("1|null");
  }

  @Test
  void aViewOverAMirrorIsNamedWithTheStatementThatItHinders() throws SQLException {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, 100);
    Changes counts = counts(ColumnType.INT32, "INT4");
    writer.stage(all(counts.create(1, 5)));
    writer.commit(List.of(), Optional.empty());
    database.run("CREATE VIEW mirror.totals AS SELECT sum(n) FROM mirror.counts");
    Changes wider = counts(ColumnType.INT64, "INT8");

    assertThatThrownBy(() -> writer.stage(all(wider.create(2, 6L))))
        .isInstanceOf(FatalWriteException.class)
        .hasMessageContaining(
            "SQLSTATE 0A000, cannot alter type of a column used by a view or rule")
        .hasMessageContaining("detail: rule _RETURN on view totals depends on column")
        .hasMessageContaining(
            "statement: ALTER TABLE \"mirror\".\"counts\" ALTER COLUMN \"n\" TYPE bigint")
        .hasMessageContaining("drop it, restart the task and create it again");
    assertThat(
            MirrorForecast.of(
                    connection,
                    SchemaEvolution.EVOLVE,
                    counts.table(),
                    new TableId("mirror", "counts"),
                    wider.type(),
                    List.of("id"))
                .orElseThrow()
                .limits())
        .containsExactly("view mirror.totals uses column n: the sink stops until it is dropped");
  }

  private static Changes counts(ColumnType type, String source) {
    return Changes.of(
        "counts",
        "id",
        Changes.column("id", ColumnType.INT32, "INT4"),
        Changes.column("n", type, source));
  }

  @ParameterizedTest
  @ValueSource(strings = {"_cdc_position", "_cdc_applied_at", "_cdc_row", "_cdc_later"})
  void aColumnCalledLikeTheSinksOwnIsRefusedWhenItIsAddedLater(String name) throws SQLException {
    TransactionalWriter writer = writer(SchemaEvolution.EVOLVE, 100);
    Changes counts = counts(ColumnType.INT32, "INT4");
    writer.stage(all(counts.create(1, 5)));
    writer.commit(List.of(), Optional.empty());
    Changes more =
        counts.with(
            Changes.column("id", ColumnType.INT32, "INT4"),
            Changes.column("n", ColumnType.INT32, "INT4"),
            Changes.column(name, ColumnType.STRING, "TEXT"));

    String refusal =
        "cannot mirror public.counts: its column %s begins with _cdc_, which is reserved; exclude it from the source connector (column.exclude.list) or rename it at the source. What the topics have of it already is not read past: start over (docs/start-over.md)"
            .formatted(name);
    assertThatThrownBy(() -> writer.stage(all(more.create(2, 6, "x")))).hasMessage(refusal);
    assertThatThrownBy(
            () -> writer.loadSnapshot(new Lsn(9000), true, all(more.read(2, 6, "x")), List.of()))
        .hasMessage(refusal);
    assertThatThrownBy(
            () ->
                MirrorForecast.of(
                    connection,
                    SchemaEvolution.EVOLVE,
                    counts.table(),
                    new TableId("mirror", "counts"),
                    more.type(),
                    List.of("id")))
        .hasMessage(refusal);
  }
}
