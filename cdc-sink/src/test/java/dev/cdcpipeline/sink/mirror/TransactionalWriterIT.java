package dev.cdcpipeline.sink.mirror;

import static dev.cdcpipeline.sink.postgres.Changes.all;
import static dev.cdcpipeline.sink.postgres.Changes.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.ledger.SnapshotProgress;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.FencedException;
import dev.cdcpipeline.sink.postgres.FlushResult;
import dev.cdcpipeline.sink.postgres.RecordWriteException;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionalWriterIT {
  private static final int SMALL = 1000;
  private static final int LARGE = 1;

  private final PartitionId partition = new PartitionId("shop.public.orders", 0);
  private final Changes orders =
      Changes.of(
          "orders",
          "order_id",
          column("order_id", ColumnType.INT32, "INT4"),
          column("status", ColumnType.STRING, "VARCHAR"),
          column("note", ColumnType.STRING, "TEXT"));
  private final RecordingListener listener = new RecordingListener();
  private TargetDatabase database;
  private Connection connection;
  private OffsetLedger ledger;

  @BeforeEach
  void open() throws SQLException {
    database = new TargetDatabase();
    connection = database.open();
    ledger = new OffsetLedger(connection, "cdc", "analytics");
    ledger.createObjects();
    ledger.claim(List.of(partition));
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    database.close();
  }

  private TransactionalWriter writer(int copyThreshold) {
    WriterOptions options =
        WriterOptions.defaults()
            .withCopyThreshold(copyThreshold)
            .withChunkRows(copyThreshold)
            .withKeepChanges(Set.of(orders.table()));
    return new TransactionalWriter(connection, ledger, options, List.of(listener));
  }

  private FlushResult flush(TransactionalWriter writer, List<RowChange> changes) {
    writer.stage(changes);
    writer.endOfTransaction();
    return commit(writer);
  }

  private FlushResult commit(TransactionalWriter writer) {
    return writer.commit(
        List.of(new OffsetUpdate(partition, null, 42, Changes.COMMIT_TIME)),
        Optional.of(new AppliedPosition(1, new Lsn(0x16B374D848L), Changes.COMMIT_TIME, 77)));
  }

  private List<String> mirror() throws SQLException {
    return database.rows("SELECT order_id, status, note FROM mirror.orders ORDER BY 1");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void mirrorsInsertsUpdatesAndDeletes(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);

    flush(
        writer,
        all(
            orders.create(1, "new", "a"),
            orders.create(2, "new", null),
            orders.create(3, "x", "")));
    FlushResult result =
        flush(writer, all(orders.update(2, "paid", "b\t\\\n\"{},'"), orders.delete(1)));

    assertThat(mirror()).containsExactly("2|paid|b\t\\\n\"{},'", "3|x|");
    assertThat(result).isEqualTo(new FlushResult(2, 2, 2, threshold == LARGE));
    assertThat(
            database.rows(
                "SELECT DISTINCT _cdc_position > '0/0', _cdc_applied_at IS NOT NULL FROM"
                    + " mirror.orders"))
        .containsExactly("t|t");
  }

  @Test
  void recordsOffsetsAndPositionInTheSameTransaction() throws SQLException {
    flush(writer(SMALL), all(orders.create(1, "new", "a")));

    assertThat(ledger.entries())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.partition()).isEqualTo(partition);
              assertThat(entry.nextOffset()).isEqualTo(OptionalLong.of(42));
              assertThat(entry.commitTime()).isEqualTo("2026-01-15T10:04:05.123456Z");
            });
    assertThat(ledger.position())
        .contains(new AppliedPosition(1, new Lsn(0x16B374D848L), Changes.COMMIT_TIME, 77));
  }

  @Test
  void aZombiesFlushChangesNothing() throws SQLException {
    TransactionalWriter zombie = writer(SMALL);
    flush(zombie, all(orders.create(1, "new", "a")));
    zombie.stage(all(orders.update(1, "zombie", "a")));
    try (Connection other = database.open()) {
      new OffsetLedger(other, "cdc", "analytics").claim(List.of(partition));

      assertThatThrownBy(() -> commit(zombie))
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("1 of 1 partitions no longer belong to epoch");
    }
    assertThat(mirror()).containsExactly("1|new|a");
  }

  @Test
  void aZombieWhosePartitionsNobodyClaimedDoesNotMoveThePosition() throws SQLException {
    TransactionalWriter zombie = writer(SMALL);
    flush(zombie, all(orders.create(1, "new", "a")));
    zombie.stage(all(orders.update(1, "zombie", "a")));
    try (Connection other = database.open()) {
      new OffsetLedger(other, "cdc", "analytics").claim(List.of(new PartitionId("another", 0)));

      assertThatThrownBy(() -> commit(zombie))
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("the position no longer belong to epoch");
      assertThatThrownBy(() -> zombie.noteDelivery("unknown"))
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("the position no longer belong to epoch");
    }
    assertThat(mirror()).containsExactly("1|new|a");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void doesNotRewriteARowThatWouldNotChange(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    flush(writer, all(orders.create(1, "new", "a"), orders.create(2, "new", null)));
    List<String> before = database.rows("SELECT order_id, ctid FROM mirror.orders ORDER BY 1");

    FlushResult result =
        flush(writer, all(orders.update(1, "new", "a"), orders.update(2, "new", null)));

    assertThat(result.rowsWritten()).isZero();
    assertThat(database.rows("SELECT order_id, ctid FROM mirror.orders ORDER BY 1"))
        .isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void keepsAnUnavailableValueAsItIsStored(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    flush(writer, all(orders.create(1, "new", "toast"), orders.create(2, "new", "bread")));

    flush(
        writer,
        all(
            orders.update(1, "paid", Row.UNAVAILABLE),
            orders.update(2, "paid", "changed"),
            orders.update(2, "shipped", Row.UNAVAILABLE)));

    assertThat(mirror()).containsExactly("1|paid|toast", "2|shipped|changed");
    assertThat(listener.changes())
        .containsExactly("1:u:1|paid|toast", "2:u:2|paid|changed", "3:u:2|shipped|changed");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void keepsAnUnavailableValueWhenTheKeyChanges(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    flush(writer, all(orders.create(1, "new", "toast")));

    flush(writer, all(orders.move(new Object[] {1}, 7, "new", Row.UNAVAILABLE)));

    assertThat(mirror()).containsExactly("7|new|toast");
    assertThat(listener.changes()).containsExactly("1:d:1|new|toast", "2:c:7|new|toast");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void refusesAnUnavailableValueThatNoRowHas(int threshold) throws SQLException {
    TransactionalWriter writer = writer(threshold);
    flush(writer, all(orders.create(1, "new", "toast")));

    assertThatThrownBy(
            () ->
                flush(
                    writer,
                    all(
                        orders.update(1, "paid", Row.UNAVAILABLE),
                        orders.update(9, "paid", Row.UNAVAILABLE))))
        .isInstanceOf(RecordWriteException.class)
        .hasMessage(
            "[shop.public.orders-0@3] cannot write a row of public.orders: the change lacks the"
                + " unchanged TOASTed value of note, and no stored row has it; set REPLICA IDENTITY"
                + " FULL on the source table, or take a snapshot of it again; if the value is a"
                + " text of yours that reads like the placeholder, set"
                + " unavailable.value.placeholder of the source connector to another one and start"
                + " over");
    assertThat(mirror()).containsExactly("1|new|toast");
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void showsListenersOldAndNewRowsAndEveryChange(int threshold) {
    TransactionalWriter writer = writer(threshold);
    flush(
        writer,
        all(orders.create(1, "a", "1"), orders.create(2, "b", "2"), orders.create(3, "c", "3")));

    writer.stage(all(orders.update(1, "A", "1"), orders.update(1, "AA", "1"), orders.delete(2)));
    writer.endOfTransaction();
    writer.stage(all(orders.create(2, "B", "2"), orders.delete(3), orders.create(4, "d", "4")));
    writer.endOfTransaction();
    commit(writer);

    assertThat(listener.oldRows()).containsExactlyInAnyOrder("1|a|1", "2|b|2", "3|c|3");
    assertThat(listener.newRows()).containsExactlyInAnyOrder("1|AA|1", "2|B|2", "4|d|4");
    assertThat(listener.changes())
        .containsExactly(
            "1:u:1|A|1", "2:u:1|AA|1", "3:d:2|b|2", "4:c:2|B|2", "5:d:3|c|3", "6:c:4|d|4");
    assertThat(listener.segments()).containsExactly("1", "1", "1", "2", "2", "2");
  }

  @Test
  void truncateDeletesTheRowsOlderThanIt() throws SQLException {
    TransactionalWriter writer = writer(SMALL);
    flush(
        writer,
        all(orders.create(1, "a", "1"), orders.create(2, "b", "2"), orders.create(3, "c", "3")));

    flush(
        writer,
        all(
            orders.update(1, "A", "1"),
            orders.delete(2),
            orders.create(4, "d", "4"),
            orders.truncate(),
            orders.create(3, "again", "3"),
            orders.create(5, "e", "5")));

    assertThat(mirror()).containsExactly("3|again|3", "5|e|5");
    assertThat(listener.oldRows()).containsExactlyInAnyOrder("1|a|1", "2|b|2", "3|c|3");
    assertThat(listener.newRows()).containsExactlyInAnyOrder("3|again|3", "5|e|5");
    assertThat(listener.changes().subList(0, 3))
        .containsExactly("1:u:1|A|1", "2:d:2|b|2", "3:c:4|d|4");
    assertThat(listener.changes().subList(3, 6))
        .allMatch(change -> change.matches("[456]:d:.*"))
        .extracting(change -> change.substring(4))
        .containsExactlyInAnyOrder("1|A|1", "3|c|3", "4|d|4");
    assertThat(listener.changes().subList(6, 8)).containsExactly("8:c:3|again|3", "9:c:5|e|5");
  }

  @Test
  void aFailedFlushLeavesNothingAndTheWriterGoesOn() throws SQLException {
    TransactionalWriter writer = writer(SMALL);
    flush(writer, all(orders.create(1, "a", "1")));
    listener.failure = new SQLException("planted", "22012");

    assertThatThrownBy(() -> flush(writer, all(orders.create(2, "b", "2"))))
        .isInstanceOf(RecordWriteException.class);

    listener.failure = null;
    flush(writer, all(orders.create(3, "c", "3")));
    assertThat(mirror()).containsExactly("1|a|1", "3|c|3");
  }

  @Test
  void aSnapshotIsVisibleOnlyWhenComplete() throws SQLException {
    TransactionalWriter writer = writer(SMALL);
    Lsn lsn = new Lsn(99);
    writer.loadSnapshot(
        lsn,
        false,
        all(orders.read(1, "a", "1"), orders.read(2, "b", "2")),
        List.of(new OffsetUpdate(partition, null, 2, 0)));
    assertThat(mirror()).isEmpty();
    connection.close();
    connection = database.open();
    ledger = new OffsetLedger(connection, "cdc", "analytics");
    assertThat(ledger.claim(List.of(partition)).get(0).nextOffset()).hasValue(2);
    writer = writer(SMALL);
    writer.loadSnapshot(
        lsn,
        true,
        all(orders.read(2, "b", "2"), orders.read(3, "c", "3")),
        List.of(new OffsetUpdate(partition, null, 4, 0)));
    assertThat(mirror()).isEmpty();
    assertThat(writer.snapshot())
        .contains(new SnapshotProgress(lsn, true, Map.of(orders.table(), 4L)));

    writer.completeSnapshot(List.of(), Optional.empty());

    assertThat(mirror()).containsExactly("1|a|1", "2|b|2", "3|c|3");
    assertThat(writer.snapshot()).isEmpty();
    assertThat(listener.snapshot).isTrue();
    assertThat(listener.changes()).containsExactly("1:r:1|a|1", "2:r:2|b|2", "3:r:3|c|3");
    assertThat(
            database.rows(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'cdc' AND tablename ~"
                    + " '^snapshot_\\d'"))
        .isEmpty();
  }

  @Test
  void aSecondSnapshotIsADifference() throws SQLException {
    TransactionalWriter writer = writer(SMALL);
    flush(
        writer,
        all(orders.create(1, "a", "1"), orders.create(2, "b", "2"), orders.create(3, "c", "3")));

    writer.loadSnapshot(
        new Lsn(99),
        true,
        all(orders.read(1, "a", "1"), orders.read(2, "B", "2"), orders.read(4, "d", "4")),
        List.of());
    FlushResult result = writer.completeSnapshot(List.of(), Optional.empty());

    assertThat(mirror()).containsExactly("1|a|1", "2|B|2", "4|d|4");
    assertThat(result.rowsWritten()).isEqualTo(3);
    assertThat(listener.oldRows()).containsExactlyInAnyOrder("2|b|2", "3|c|3");
    assertThat(listener.newRows()).containsExactlyInAnyOrder("2|B|2", "4|d|4");
    assertThat(listener.changes())
        .extracting(change -> change.substring(2))
        .containsExactlyInAnyOrder("r:2|B|2", "r:4|d|4", "d:3|c|3");
  }

  @Test
  void aNewerSnapshotReplacesWhatWasLoadedOfAnOlder() throws SQLException {
    TransactionalWriter writer = writer(SMALL);
    writer.loadSnapshot(new Lsn(99), true, all(orders.read(1, "old", "")), List.of());

    writer.loadSnapshot(new Lsn(100), true, all(orders.read(2, "new", "")), List.of());
    writer.completeSnapshot(List.of(), Optional.empty());

    assertThat(mirror()).containsExactly("2|new|");
  }

  @Test
  void aHugeTransactionInChunksIsOneFlush() throws SQLException {
    TransactionalWriter writer = writer(LARGE);
    flush(writer, all(orders.create(1, "a", "1"), orders.create(2, "b", "2")));

    writer.stage(all(orders.update(1, "A", "1"), orders.create(3, "c", "3"), orders.delete(2)));
    writer.stage(
        all(
            orders.update(1, "AA", Row.UNAVAILABLE),
            orders.delete(3),
            orders.create(2, "again", "22")));
    assertThat(mirror()).containsExactly("1|a|1", "2|b|2");
    writer.stage(all(orders.update(2, "AGAIN", Row.UNAVAILABLE), orders.create(3, "C", "4")));
    commit(writer);

    assertThat(mirror()).containsExactly("1|AA|1", "2|AGAIN|22", "3|C|4");
    assertThat(listener.changes())
        .containsExactly(
            "1:u:1|A|1",
            "2:c:3|c|3",
            "3:d:2|b|2",
            "4:u:1|AA|1",
            "5:d:3|c|3",
            "6:c:2|again|22",
            "7:u:2|AGAIN|22",
            "8:c:3|C|4");
  }

  @Test
  void aBacklogOfSmallTransactionsIsStagedInOnePiece() {
    AtomicInteger statements = new AtomicInteger();
    Connection counted =
        (Connection)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("createStatement")) {
                    statements.incrementAndGet();
                  }
                  try {
                    return method.invoke(connection, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    TransactionalWriter writer =
        new TransactionalWriter(counted, ledger, WriterOptions.defaults(), List.of());
    flush(writer, all(orders.create(0, "first", "")));
    statements.set(0);

    for (int i = 1; i <= 2_000; i++) {
      writer.stage(all(orders.create(i, "new", ""), orders.update(i, "old", "")));
      writer.endOfTransaction();
    }
    FlushResult result = commit(writer);

    assertThat(result.keys()).isEqualTo(2_000);
    assertThat(statements).as("statements of a flush of 2,000 transactions").hasValueLessThan(50);
  }

  @Test
  void namesCannotInject() throws SQLException {
    TableId table = new TableId("Sch\"ema", "Or'der \"s\"; DROP TABLE x; --é");
    Changes odd =
        Changes.of(
            table,
            List.of("Ke\"y", "select"),
            column("Ke\"y", ColumnType.INT32, "INT4"),
            column("select", ColumnType.STRING, "TEXT"),
            column("x?:y", ColumnType.STRING, "TEXT"));
    for (int threshold : new int[] {SMALL, LARGE}) {
      TransactionalWriter writer = writer(threshold);
      flush(writer, all(odd.create(1, "a", "b"), odd.create(2, "a'", "?")));
      flush(writer, all(odd.update(1, "a", Row.UNAVAILABLE), odd.delete(2, "a'")));
      assertThat(
              database.rows(
                  "SELECT \"Ke\"\"y\", \"select\", \"x?:y\" FROM "
                      + SqlIdentifiers.qualified("mirror", table.name())))
          .containsExactly("1|a|b");
    }
  }

  /** Remembers what the last flush showed. */
  private final class RecordingListener implements FlushListener {
    private final Map<String, List<String>> seen = new TreeMap<>();
    private SQLException failure;
    private boolean snapshot;

    @Override
    public void beforeRows(FlushView flush) throws SQLException {
      seen.clear();
      snapshot = flush.snapshot();
      if (failure != null) {
        throw failure;
      }
      for (StagedTable table : flush.tables()) {
        if (table.source().equals(orders.table())) {
          remember(flush, "old", "SELECT * FROM " + table.oldRows());
        }
      }
    }

    @Override
    public void afterRows(FlushView flush) throws SQLException {
      for (StagedTable table : flush.tables()) {
        if (table.source().equals(orders.table())) {
          remember(flush, "new", "SELECT * FROM " + table.newRows());
          String changes = table.changes().orElseThrow() + " ORDER BY _cdc_ordinal";
          remember(
              flush,
              "changes",
              "SELECT _cdc_ordinal || ':' || _cdc_op || ':' || order_id, status, note FROM "
                  + changes);
          remember(flush, "segments", "SELECT _cdc_segment FROM " + changes);
        }
      }
    }

    private void remember(FlushView flush, String what, String sql) throws SQLException {
      List<String> rows = new ArrayList<>();
      try (Statement statement = flush.connection().createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        while (row.next()) {
          List<String> values = new ArrayList<>();
          for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            values.add(String.valueOf(row.getString(i)));
          }
          rows.add(String.join("|", values));
        }
      }
      seen.put(what, rows);
    }

    List<String> oldRows() {
      return seen.get("old");
    }

    List<String> newRows() {
      return seen.get("new");
    }

    List<String> changes() {
      return seen.get("changes");
    }

    List<String> segments() {
      return seen.get("segments");
    }
  }
}
