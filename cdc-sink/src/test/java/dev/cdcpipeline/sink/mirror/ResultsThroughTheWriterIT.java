package dev.cdcpipeline.sink.mirror;

import static dev.cdcpipeline.sink.postgres.Changes.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ResultMaintainer;
import dev.cdcpipeline.sink.result.ResultOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results of both kinds and a log, kept through the writer that the sink uses. */
class ResultsThroughTheWriterIT {
  private static final int SMALL = 1000;
  private static final int LARGE = 1;
  private static final List<ResultDefinition> RESULTS =
      List.of(
          ResultFile.parse(
              "by_status.sql",
              """
              -- result: by_status
              -- key: status
              -- maintain: delta
              -- over: orders
              -- count: orders
              -- add: orders

              SELECT status, count(*) AS orders FROM orders WHERE status IS NOT NULL GROUP BY status
              """),
          ResultFile.parse(
              "notes.sql",
              """
              -- result: notes
              -- key: status
              -- maintain: refresh
              -- affected: orders (status)

              SELECT status, string_agg(note, ',' ORDER BY order_id) AS notes
              FROM orders WHERE status IS NOT NULL GROUP BY status
              """),
          ResultFile.parse(
              "events.sql",
              """
              -- result: events
              -- maintain: log
              -- over: orders
              -- key: commit_seq, source_lsn, source_order, order_id, event_type

              SELECT o.order_id, o._cdc_op AS event_type, o.status, o._cdc_commit_seq AS commit_seq,
                     o._cdc_lsn AS source_lsn, o._cdc_source_order AS source_order
              FROM orders o
              """));

  private final Changes orders =
      Changes.of(
          "orders",
          "order_id",
          column("order_id", ColumnType.INT32, "INT4"),
          column("status", ColumnType.STRING, "VARCHAR"),
          column("note", ColumnType.STRING, "TEXT"));
  private TargetDatabase database;
  private Connection connection;
  private OffsetLedger ledger;

  @BeforeEach
  void open() throws SQLException {
    database = new TargetDatabase();
    connection = database.open();
    ledger = new OffsetLedger(connection, "cdc", "analytics");
    ledger.createObjects();
    ledger.claim(List.of(orders.partition()));
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    database.close();
  }

  private TransactionalWriter writer(int copyThreshold, FlushListener... more) {
    List<FlushListener> listeners = new ArrayList<>();
    listeners.add(
        new ResultMaintainer(ResultOptions.defaults(), Optional.of(RESULTS), Clock.systemUTC()));
    listeners.addAll(List.of(more));
    return new TransactionalWriter(
        connection,
        ledger,
        WriterOptions.defaults().withCopyThreshold(copyThreshold).withChunkRows(copyThreshold),
        listeners);
  }

  private void flush(TransactionalWriter writer, List<RowChange> changes) {
    writer.stage(changes);
    writer.endOfTransaction();
    writer.commit(
        List.of(new OffsetUpdate(orders.partition(), null, 42, Changes.COMMIT_TIME)),
        Optional.of(new AppliedPosition(1, new Lsn(9000), Changes.COMMIT_TIME, 77)));
  }

  private List<String> rows(String sql) throws SQLException {
    return database.rows(sql);
  }

  /** A heartbeat is one, and so is each change of a table whose topic is not there. */
  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aTransactionWithoutChangesMayBeTheFirst(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    writer.endOfTransaction();
    writer.commit(
        List.of(new OffsetUpdate(orders.partition(), null, 7, Changes.COMMIT_TIME)),
        Optional.of(new AppliedPosition(1, new Lsn(8000), Changes.COMMIT_TIME, 76)));

    flush(writer, List.of(orders.create(1, "new", "a")));

    assertThat(rows("SELECT status, orders FROM analytics.by_status ORDER BY 1"))
        .containsExactly("new|1");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aTruncateAloneEmptiesTheResults(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    flush(
        writer,
        List.of(
            orders.create(1, "new", "a"),
            orders.create(2, "new", "b"),
            orders.create(3, "old", "c")));
    assertThat(rows("SELECT status, orders FROM analytics.by_status ORDER BY 1"))
        .containsExactly("new|2", "old|1");

    flush(writer, List.of(orders.truncate()));

    assertThat(rows("SELECT order_id FROM mirror.orders")).isEmpty();
    assertThat(rows("SELECT status FROM analytics.by_status")).isEmpty();
    assertThat(rows("SELECT status FROM analytics.notes")).isEmpty();
    assertThat(rows("SELECT order_id, event_type FROM analytics.events ORDER BY event_type, 1"))
        .containsExactly("1|c", "2|c", "3|c", "1|d", "2|d", "3|d");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aTruncateBetweenChangesLeavesWhatCameAfterIt(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    flush(writer, List.of(orders.create(1, "new", "a"), orders.create(2, "new", "b")));

    flush(
        writer,
        List.of(orders.update(1, "old", "a"), orders.truncate(), orders.create(2, "again", "z")));

    assertThat(rows("SELECT status, orders FROM analytics.by_status ORDER BY 1"))
        .containsExactly("again|1");
    assertThat(rows("SELECT status, notes FROM analytics.notes ORDER BY 1"))
        .containsExactly("again|z");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aKeyChangeThatLacksAnUnchangedValueMovesItsGroup(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    flush(writer, List.of(orders.create(1, "new", "long"), orders.create(2, "old", "b")));

    flush(writer, orders.move(new Object[] {1}, 7, "old", Row.UNAVAILABLE));

    assertThat(rows("SELECT status, orders FROM analytics.by_status ORDER BY 1"))
        .containsExactly("old|2");
    assertThat(rows("SELECT status, notes FROM analytics.notes ORDER BY 1"))
        .containsExactly("old|b,long");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aFlushThatDiesBeforeItsCommitCountsOnceWhenItIsRepeated(int threshold) throws SQLException {
    flush(writer(threshold), List.of(orders.create(1, "new", "a")));
    List<RowChange> changes = List.of(orders.create(2, "new", "b"), orders.update(1, "old", "a"));
    DyingListener dying = new DyingListener();
    TransactionalWriter crashed = writer(threshold, dying);
    assertThatThrownBy(() -> flush(crashed, changes)).hasMessageContaining("crash");
    assertThat(dying.sawResults)
        .as("results that the dying flush had written")
        .containsExactly("new|1", "old|1");
    assertThat(rows("SELECT status, orders FROM analytics.by_status ORDER BY 1"))
        .as("results that readers see")
        .containsExactly("new|1");
    assertThat(rows("SELECT count(*) FROM analytics.events")).containsExactly("1");

    flush(writer(threshold), changes);
    flush(writer(threshold), changes);

    assertThat(rows("SELECT status, orders FROM analytics.by_status ORDER BY 1"))
        .containsExactly("new|1", "old|1");
    assertThat(rows("SELECT order_id, event_type FROM analytics.events ORDER BY event_type, 1"))
        .containsExactly("1|c", "2|c", "1|u");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aRowThatIsReadAgainIsAChangeOnlyIfItDiffers(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    flush(
        writer,
        List.of(
            orders.create(1, "new", null),
            orders.create(2, "new", "b"),
            orders.create(3, "new", "c")));

    flush(
        writer,
        List.of(
            orders.read(1, "new", null),
            orders.update(2, "old", "b"),
            orders.read(2, "old", "b"),
            orders.read(3, "new", "differs"),
            orders.delete(1),
            orders.read(1, "new", null),
            orders.read(4, "new", "was lost")));

    assertThat(
            rows(
                "SELECT order_id, event_type FROM analytics.events WHERE event_type <> 'c' ORDER BY"
                    + " 1, 2"))
        .containsExactly("1|d", "1|r", "2|u", "3|r", "4|r");
    assertThat(rows("SELECT status, notes FROM analytics.notes ORDER BY 1"))
        .containsExactly("new|differs,was lost", "old|b");
    assertThat(rows("SELECT status, orders FROM analytics.by_status ORDER BY 1"))
        .containsExactly("new|3", "old|1");
  }

  /** Throws after the results were written, before the ledger is. */
  private static final class DyingListener implements FlushListener {
    private final List<String> sawResults = new ArrayList<>();

    @Override
    public void beforeRows(FlushView flush) {
      sawResults.clear();
    }

    @Override
    public void afterRows(FlushView flush) throws SQLException {
      try (Statement statement = flush.connection().createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT status || '|' || orders FROM analytics.by_status ORDER BY 1")) {
        while (rows.next()) {
          sawResults.add(rows.getString(1));
        }
      }
      throw new IllegalStateException("crash");
    }
  }

  @Test
  void anotherSinksResultIsRefusedAtTheStart() throws SQLException {
    flush(writer(SMALL), List.of(orders.create(1, "new", "a")));
    try (Connection other = database.open()) {
      OffsetLedger copy = new OffsetLedger(other, "cdc", "copy");
      copy.claim(List.of(orders.partition()));
      TransactionalWriter second =
          new TransactionalWriter(
              other,
              copy,
              WriterOptions.defaults().withMirrorSchema("mirror_of_copy"),
              List.of(
                  new ResultMaintainer(
                      ResultOptions.defaults().withSink("copy"),
                      Optional.of(RESULTS),
                      Clock.systemUTC())));

      assertThatThrownBy(second::idle)
          .isInstanceOf(FatalWriteException.class)
          .hasMessageContaining(
              "cannot write analytics.by_status: it is a result of sink analytics")
          .hasMessageContaining("result.schema")
          .hasMessageContaining("cdc sink drop analytics");
    }
    assertThat(rows("SELECT status, orders FROM analytics.by_status")).containsExactly("new|1");
    assertThat(rows("SELECT DISTINCT sink FROM cdc.results")).containsExactly("analytics");
  }
}
