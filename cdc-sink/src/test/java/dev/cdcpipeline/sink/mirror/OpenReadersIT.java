package dev.cdcpipeline.sink.mirror;

import static dev.cdcpipeline.sink.postgres.Changes.all;
import static dev.cdcpipeline.sink.postgres.Changes.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.ColumnTypes;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import dev.cdcpipeline.sink.result.ResultCatalog;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ResultMaintainer;
import dev.cdcpipeline.sink.result.ResultOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers whose transaction is open while the sink changes the tables that they read: one from
 * before the last commit, one from after it, both of which touch a table only later. The sink's
 * role is no superuser, and the readers' is another one.
 */
class OpenReadersIT {
  private static final int SMALL = 1_000;
  private static final int LARGE = 1;
  private static final Column ID = column("id", ColumnType.INT32, "INT4");
  private static final Column GROUP = column("kind", ColumnType.INT32, "INT4");
  private static final Column PRICE = column("price", ColumnType.INT32, "INT4");
  private static final Column WIDE_ID = column("id", ColumnType.INT64, "INT8");
  private static final Column WIDE_PRICE = column("price", ColumnType.INT64, "INT8");

  private static final String BY_KIND =
      """
      -- result: by_kind
      -- key: kind
      -- maintain: refresh
      -- affected: items (kind)
      SELECT kind, count(*) AS items, sum(price)::bigint AS total FROM items GROUP BY kind
      """;
  private static final String TOTALS =
      """
      -- result: totals
      -- key: kind
      -- maintain: delta
      -- over: items
      -- count: items
      -- add: items, total
      -- view: totals_view AS SELECT kind, total FROM analytics.totals
      SELECT kind, count(*) AS items, sum(price)::bigint AS total FROM items GROUP BY kind
      """;
  private static final String HISTORY =
      """
      -- result: history
      -- key: id, _seq, event
      -- maintain: log
      -- over: items
      SELECT id, _cdc_commit_seq AS _seq, _cdc_op AS event, price FROM items
      """;

  private final ExecutorService sinkThread = Executors.newSingleThreadExecutor();
  private final List<Connection> readers = new ArrayList<>();
  private final Changes items = Changes.of("items", "id", ID, GROUP, PRICE);
  private final Changes parts = Changes.of("parts", "id", ID, GROUP, PRICE);
  private TargetDatabase database;
  private Connection connection;
  private OffsetLedger ledger;
  private long commits;

  @BeforeEach
  void open() throws SQLException {
    database = new TargetDatabase();
    database.run(
        "DROP ROLE IF EXISTS sink_role; CREATE ROLE sink_role LOGIN; DROP ROLE IF EXISTS"
            + " reading_role; CREATE ROLE reading_role LOGIN; CREATE SCHEMA cdc AUTHORIZATION"
            + " sink_role; CREATE SCHEMA mirror AUTHORIZATION sink_role; CREATE SCHEMA analytics"
            + " AUTHORIZATION sink_role; GRANT USAGE ON SCHEMA cdc, mirror, analytics TO"
            + " reading_role; ALTER DEFAULT PRIVILEGES FOR ROLE sink_role GRANT SELECT ON TABLES TO"
            + " reading_role");
    connect(Duration.ofSeconds(60));
  }

  /** Without the role that the server's own URL names. */
  private String url() {
    return database.options().url().replaceFirst("\\?.*", "");
  }

  private void connect(Duration patience) throws SQLException {
    connection =
        TargetSession.open(
            new SessionOptions(
                url(),
                "sink_role",
                null,
                TargetSession.applicationName("analytics"),
                patience,
                Duration.ofSeconds(60),
                Duration.ZERO,
                false,
                List.of("mirror", "analytics")));
    ledger = new OffsetLedger(connection, "cdc", "analytics");
    ledger.createObjects();
    ledger.claim(List.of(items.partition()));
    assertThat(role(connection)).isEqualTo("sink_role");
  }

  private static String role(Connection connection) throws SQLException {
    return read(connection, "SELECT current_user").get(0);
  }

  @AfterEach
  void close() throws SQLException {
    sinkThread.shutdownNow();
    for (Connection reader : readers) {
      reader.close();
    }
    connection.close();
    database.run(
        "DROP OWNED BY sink_role CASCADE; DROP OWNED BY reading_role CASCADE; DROP ROLE sink_role;"
            + " DROP ROLE reading_role");
    database.close();
  }

  private TransactionalWriter writer(int threshold, String... results) {
    List<ResultDefinition> definitions = new ArrayList<>();
    for (String result : results) {
      definitions.add(ResultFile.parse("result.sql", result));
    }
    return new TransactionalWriter(
        connection,
        ledger,
        WriterOptions.defaults().withCopyThreshold(threshold).withChunkRows(threshold),
        List.of(
            new ResultMaintainer(
                ResultOptions.defaults(), Optional.of(definitions), Clock.systemUTC())));
  }

  private void flush(TransactionalWriter writer, List<RowChange> changes) {
    writer.stage(changes);
    writer.endOfTransaction();
    commits++;
    writer.commit(
        List.of(new OffsetUpdate(items.partition(), null, commits, Changes.COMMIT_TIME)),
        Optional.of(new AppliedPosition(1, new Lsn(9000 + commits), Changes.COMMIT_TIME, commits)));
  }

  /** A reader's transaction, whose snapshot is that of now; it has touched the position only. */
  private Connection reader() throws SQLException {
    Connection reader =
        TargetSession.open(
            new SessionOptions(
                url(),
                "reading_role",
                null,
                "report",
                Duration.ofSeconds(60),
                Duration.ZERO,
                Duration.ZERO,
                true,
                List.of("mirror", "analytics")));
    readers.add(reader);
    reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    read(reader, "SELECT commit_lsn FROM cdc.position");
    return reader;
  }

  private static List<String> read(Connection reader, String sql) throws SQLException {
    try (Statement statement = reader.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      while (row.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          values.add(row.getString(i));
        }
        rows.add(String.join("|", values));
      }
      return rows;
    }
  }

  private void awaitThatTheSinkWaits() {
    Awaitility.await("the sink waits for the older reader")
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                !database
                    .rows(
                        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'cdc-sink"
                            + " analytics' AND wait_event = 'PgSleep'")
                    .isEmpty());
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aReaderSeesOneCommitWhileTypesOfSeveralMirrorsChange(int threshold) throws Exception {
    TransactionalWriter writer = writer(threshold, BY_KIND);
    flush(writer, all(items.create(1, 1, 10), items.create(2, 1, 20), parts.create(7, 1, 70)));
    Connection older = reader();
    flush(writer, all(items.create(3, 2, 30), parts.update(7, 1, 71)));
    Changes wideItems = items.with(WIDE_ID, GROUP, WIDE_PRICE);
    Changes wideParts = parts.with(ID, GROUP, WIDE_PRICE);

    Future<?> change =
        sinkThread.submit(
            () ->
                flush(
                    writer,
                    all(
                        items.update(1, 1, 11),
                        wideItems.create(5_000_000_000L, 2, 6_000_000_000L),
                        wideParts.update(7, 1, 7_000_000_000L))));
    awaitThatTheSinkWaits();
    Connection newer = reader();

    assertThat(read(older, "SELECT id, price FROM mirror.items ORDER BY 1"))
        .containsExactly("1|10", "2|20");
    older.commit();
    change.get();
    assertThat(read(newer, "SELECT id, price FROM mirror.items ORDER BY 1"))
        .containsExactly("1|10", "2|20", "3|30");
    assertThat(read(newer, "SELECT id, price FROM mirror.parts")).containsExactly("7|71");
    assertThat(read(newer, "SELECT kind, items, total FROM analytics.by_kind ORDER BY 1"))
        .containsExactly("1|2|30", "2|1|30");
    assertThat(database.rows("SELECT id, price FROM mirror.items ORDER BY 1"))
        .containsExactly("1|11", "2|20", "3|30", "5000000000|6000000000");
    assertThat(database.rows("SELECT id, price FROM mirror.parts")).containsExactly("7|7000000000");
    assertThat(database.rows("SELECT kind, total FROM analytics.by_kind ORDER BY 1"))
        .containsExactly("1|31", "2|6000000030");
  }

  @Test
  void aReaderThatHasTouchedTheMirrorKeepsIt() throws Exception {
    TransactionalWriter writer = writer(SMALL);
    flush(writer, all(items.create(1, 1, 10)));
    Connection reader = reader();
    assertThat(read(reader, "SELECT price FROM mirror.items")).containsExactly("10");

    Future<?> change =
        sinkThread.submit(
            () -> flush(writer, all(items.with(ID, GROUP, WIDE_PRICE).update(1, 1, 11L))));
    Awaitility.await("the sink waits for the reader")
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                !database
                    .rows(
                        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'cdc-sink"
                            + " analytics' AND (wait_event = 'PgSleep' OR wait_event_type ="
                            + " 'Lock')")
                    .isEmpty());
    assertThat(read(reader, "SELECT price FROM mirror.items")).containsExactly("10");
    reader.commit();
    change.get();

    assertThat(read(reader, "SELECT price FROM mirror.items")).containsExactly("11");
  }

  @Test
  void whatBelongsToTheTableStaysWithIt() throws Exception {
    TransactionalWriter writer = writer(SMALL);
    flush(writer, all(items.create(1, 1, 10), items.create(2, 2, 20)));
    connection.createStatement().execute("CREATE INDEX items_kind ON mirror.items (kind)");
    connection.createStatement().execute("GRANT SELECT ON mirror.items TO PUBLIC");
    connection.commit();
    database.run(
        "CREATE VIEW public.kinds AS SELECT id, kind FROM mirror.items;"
            + " CREATE TABLE public.fired (id int);"
            + " CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            + " 'BEGIN INSERT INTO public.fired VALUES (1); RETURN NULL; END';"
            + " CREATE TRIGGER fires AFTER INSERT OR UPDATE OR DELETE ON mirror.items FOR EACH ROW"
            + " EXECUTE FUNCTION public.fire();"
            + " ALTER TABLE mirror.items ENABLE ALWAYS TRIGGER fires;"
            + " ALTER TABLE mirror.items ADD COLUMN doubled int GENERATED ALWAYS AS (kind * 2)"
            + " STORED; ALTER TABLE mirror.items ADD COLUMN note text DEFAULT 'a\tb\\c'");
    String before =
        database.value(
            "SELECT oid || ' ' || array_to_string(relacl, ',') FROM pg_class"
                + " WHERE oid = 'mirror.items'::regclass");

    flush(writer, all(items.with(ID, GROUP, WIDE_PRICE).update(1, 1, 11L)));

    assertThat(
            database.value(
                "SELECT oid || ' ' || array_to_string(relacl, ',') FROM pg_class"
                    + " WHERE oid = 'mirror.items'::regclass"))
        .isEqualTo(before);
    assertThat(database.rows("SELECT id, kind FROM public.kinds ORDER BY 1"))
        .containsExactly("1|1", "2|2");
    assertThat(database.rows("SELECT id, price, doubled, note FROM mirror.items ORDER BY 1"))
        .contains("2|20|4|a\tb\\c");
    assertThat(database.value("SELECT count(*) FROM public.fired"))
        .as("the update alone fires")
        .isEqualTo("1");
    assertThat(database.rows("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal"))
        .containsExactly("fires|A");
    assertThat(database.value("SELECT 'mirror.items_kind'::regclass")).isNotNull();
  }

  /** More rows than one piece, values out of line among them, every one as it was. */
  @Test
  void manyRowsAndLargeValuesAreTheSameAfterwards() throws Exception {
    TransactionalWriter writer = writer(SMALL);
    flush(writer, all(items.create(1, 1, 10)));
    database.run(
        "ALTER TABLE mirror.items ADD COLUMN long text DEFAULT 'x'; INSERT INTO mirror.items SELECT"
            + " i, i % 7, i, now(), '0/1', CASE WHEN i % 1000 = 0 THEN (SELECT string_agg(md5((i +"
            + " j)::text), '') FROM generate_series(1, 10000) j) ELSE repeat('x', 100) END FROM"
            + " generate_series(2, 60000) i");
    String digest =
        "SELECT md5(string_agg(md5(concat(id, ' ', kind, ' ', price, ' ', long)), '' ORDER BY id))"
            + " FROM mirror.items WHERE id > 1";
    String before = database.value(digest);

    Connection newer = reader();
    flush(writer, all(items.with(ID, GROUP, WIDE_PRICE).update(1, 1, 10L)));
    assertThat(
            database.value(
                "SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attrelid ="
                    + " 'mirror.items'::regclass AND attname = 'price'"))
        .isEqualTo("bigint");
    assertThat(database.value(digest)).isEqualTo(before);
    assertThat(read(newer, digest)).containsExactly(before);
  }

  @Test
  void givesUpForNowWhenAReaderStaysAndSaysWhich() throws Exception {
    TransactionalWriter writer = writer(SMALL);
    flush(writer, all(items.create(1, 1, 10)));
    Connection older = reader();
    flush(writer, all(items.create(2, 1, 20)));
    connection.close();
    connect(Duration.ofMillis(300));
    TransactionalWriter hurried = writer(SMALL);
    Changes wide = items.with(ID, GROUP, WIDE_PRICE);

    assertThatThrownBy(() -> flush(hurried, all(wide.create(3, 1, 30L))))
        .isInstanceOf(TransientWriteException.class)
        .hasMessageStartingWith(
            "cannot change the columns of mirror.items yet: after 300 ms 1 sessions still read the"
                + " target as it was before the sink's last commit")
        .hasMessageContaining("reading_role report");

    assertThat(read(older, "SELECT id, price FROM mirror.items")).containsExactly("1|10");
    older.commit();
    flush(hurried, all(wide.create(3, 1, 30L)));
    assertThat(database.rows("SELECT id, price FROM mirror.items ORDER BY 1"))
        .containsExactly("1|10", "2|20", "3|30");
  }

  /** Neither rewrites: nobody is waited for. */
  @Test
  void aLongerTextAndAnAddedColumnWaitForNobody() throws Exception {
    Column name = sized(5);
    Changes named = Changes.of("named", "id", ID, name);
    TransactionalWriter writer = writer(SMALL);
    flush(writer, all(named.create(1, "a")));
    Connection older = reader();
    flush(writer, all(named.create(2, "b")));

    flush(writer, all(named.with(ID, sized(50), PRICE).create(3, "longer than five", 5)));

    assertThat(read(older, "SELECT id, name FROM mirror.named")).containsExactly("1|a");
  }

  private static Column sized(int length) {
    return new Column(
        "name",
        ColumnType.STRING,
        true,
        Map.of(
            ColumnTypes.SOURCE_TYPE,
            "VARCHAR",
            ColumnTypes.SOURCE_LENGTH,
            Integer.toString(length)));
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aTruncateAtTheSourceLeavesOlderReadersTheirRows(int threshold) throws Exception {
    TransactionalWriter writer = writer(threshold, BY_KIND, HISTORY);
    flush(writer, all(items.create(1, 1, 10), items.create(2, 2, 20)));
    Connection older = reader();

    flush(writer, all(items.truncate(), items.create(3, 3, 30)));

    assertThat(read(older, "SELECT id FROM mirror.items ORDER BY 1")).containsExactly("1", "2");
    assertThat(read(older, "SELECT kind, total FROM analytics.by_kind ORDER BY 1"))
        .containsExactly("1|10", "2|20");
    assertThat(read(older, "SELECT count(*) FROM analytics.history")).containsExactly("2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        // a type, a key, both at once
        "kind; sum(price)::text; text",
        "kind, price; count(*); bigint",
        "price; sum(kind)::numeric(38,4); numeric(38,4)"
      })
  void aReaderSeesOneCommitWhileAResultChanges(String key, String total, String type)
      throws Exception {
    TransactionalWriter writer = writer(SMALL, BY_KIND, TOTALS);
    flush(writer, all(items.create(1, 1, 10), items.create(2, 1, 20)));
    Connection older = reader();
    flush(writer, all(items.create(3, 2, 30)));
    String changed =
        """
        -- result: totals
        -- key: %s
        -- maintain: refresh
        -- affected: items (%s)
        -- view: totals_view AS SELECT total FROM analytics.totals
        SELECT %s, %s AS total FROM items GROUP BY %s
        """
            .formatted(key, key, key, total, key);
    ResultCatalog catalog = new ResultCatalog(ResultOptions.defaults());
    try (Connection command = database.open()) {
      catalog.apply(
          command,
          List.of(
              ResultFile.parse("result.sql", BY_KIND), ResultFile.parse("result.sql", changed)));
      command.commit();
    }
    database.run("GRANT SELECT ON analytics.totals_view TO PUBLIC");

    Future<?> change = sinkThread.submit(() -> flush(writer, all(items.create(4, 2, 40))));
    awaitThatTheSinkWaits();
    Connection newer = reader();
    assertThat(read(older, "SELECT kind, items, total FROM analytics.totals"))
        .containsExactly("1|2|30");
    older.commit();
    change.get();

    String wanted = "SELECT %s, %s AS total FROM mirror.items GROUP BY %s ORDER BY 1, 2";
    assertThat(read(newer, "SELECT " + key + ", total FROM analytics.totals ORDER BY 1, 2"))
        .as("of the commit that the reader sees in the mirrors")
        .isEqualTo(read(newer, wanted.formatted(key, total, key)))
        .isNotEmpty();
    assertThat(read(newer, "SELECT count(*) FROM mirror.items")).containsExactly("4");
    flush(writer, all(items.create(5, 2, 50)));
    newer.commit();
    assertThat(read(newer, "SELECT " + key + ", total FROM analytics.totals ORDER BY 1, 2"))
        .isEqualTo(read(newer, wanted.formatted(key, total, key)));
    assertThat(
            database.value(
                "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid ="
                    + " 'analytics.totals'::regclass AND attname = 'total'"))
        .isEqualTo(type);
    assertThat(
            database.value(
                "SELECT has_table_privilege('reading_role', 'analytics.totals_view', 'SELECT')"))
        .isEqualTo("t");
  }

  @Test
  void columnsThatComeAndGoInAResultWaitForNobody() throws Exception {
    TransactionalWriter writer = writer(SMALL, BY_KIND, TOTALS);
    flush(writer, all(items.create(1, 1, 10), items.create(2, 1, 20)));
    Connection older = reader();
    flush(writer, all(items.create(3, 2, 30)));

    apply(BY_KIND.replace("count(*) AS items", "max(price) AS most"), TOTALS);
    flush(writer, all(items.create(4, 2, 40)));

    assertThat(database.rows("SELECT kind, total, most FROM analytics.by_kind ORDER BY 1"))
        .containsExactly("1|30|20", "2|70|40");
    assertThat(read(older, "SELECT kind, total FROM analytics.by_kind")).containsExactly("1|30");
  }

  @Test
  void aLogKeepsItsRowsWhenItsColumnsChange() throws Exception {
    TransactionalWriter writer = writer(SMALL, HISTORY);
    flush(writer, all(items.create(1, 1, 10)));
    flush(writer, all(items.update(1, 1, 11)));
    Connection older = reader();
    flush(writer, all(items.update(1, 1, 12)));

    apply(HISTORY.replace(", price", ", kind"));
    flush(writer, all(items.update(1, 1, 13)));
    assertThat(read(older, "SELECT event FROM analytics.history ORDER BY event_id"))
        .containsExactly("c", "u");
    older.commit();
    apply(HISTORY.replace(", price", ", kind::numeric(38,1) AS kind"));
    flush(writer, all(items.update(1, 1, 14)));

    assertThat(database.rows("SELECT event_id, event, kind FROM analytics.history ORDER BY 1"))
        .containsExactly("1|c|null", "2|u|null", "3|u|null", "4|u|null", "5|u|1.0");
  }

  private void apply(String... definitions) throws SQLException {
    try (Connection command = database.open()) {
      new ResultCatalog(ResultOptions.defaults())
          .apply(
              command,
              List.of(definitions).stream().map(d -> ResultFile.parse("result.sql", d)).toList());
      command.commit();
    }
  }
}
