package dev.cdcpipeline.sink.ledger;

import static dev.cdcpipeline.sink.postgres.Changes.all;
import static dev.cdcpipeline.sink.postgres.Changes.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.change.SourceRelation;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.mirror.TransactionalWriter;
import dev.cdcpipeline.sink.mirror.WriterOptions;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A mirror is of one source table and one sink's, and one that was loaded may not be missing. */
class OwnedTablesIT {
  private static final PartitionId P0 = new PartitionId("shop.a.invoices", 0);

  private final Changes first = invoices("a");
  private final Changes second = invoices("b");
  private final List<Connection> sessions = new ArrayList<>();
  private TargetDatabase database;

  private static Changes invoices(String schema) {
    return Changes.of(
        new TableId(schema, "invoices"),
        List.of("id"),
        column("id", ColumnType.INT32, "INT4"),
        column("v", ColumnType.STRING, "TEXT"));
  }

  @BeforeEach
  void open() throws SQLException {
    database = new TargetDatabase();
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection session : sessions) {
      session.close();
    }
    database.close();
  }

  private TransactionalWriter sink(String name) {
    return sink(name, WriterOptions.defaults());
  }

  private TransactionalWriter sink(String name, WriterOptions options) {
    Connection session = database.open();
    sessions.add(session);
    OffsetLedger ledger = new OffsetLedger(session, "cdc", name);
    ledger.createObjects();
    ledger.claim(List.of(P0));
    return new TransactionalWriter(session, ledger, options, List.of());
  }

  private static void write(TransactionalWriter writer, Object... changes) {
    writer.stage(all(changes));
    writer.endOfTransaction();
    writer.commit(
        List.of(new OffsetUpdate(P0, null, 1, Changes.COMMIT_TIME)),
        Optional.of(new AppliedPosition(1, new Lsn(7000), Changes.COMMIT_TIME, 7)));
  }

  private List<String> mirror(String schema) throws SQLException {
    return database.rows("SELECT id, v FROM " + schema + ".invoices ORDER BY 1");
  }

  @Test
  void theSecondTableOfOneMirrorIsRefusedWithTheSettingThatHelps() throws SQLException {
    TransactionalWriter writer = sink("analytics");
    write(writer, first.create(1, "a1"), first.create(2, "a2"));

    assertThatThrownBy(() -> write(writer, second.create(1, "b1")))
        .isInstanceOf(FatalWriteException.class)
        .hasMessage(
            "cannot mirror b.invoices into mirror.invoices: that is the mirror of a.invoices; name"
                + " a schema for each with mirror.schema, for example mirror_${schema}, in a sink"
                + " of another name");
    assertThatThrownBy(() -> write(writer, second.truncate()))
        .hasMessageContaining("cannot mirror b.invoices into mirror.invoices");
    assertThat(mirror("mirror")).containsExactly("1|a1", "2|a2");
  }

  /** It was looked for before the other task's commit, and its owner after it. */
  @Test
  void aMirrorThatAnotherTaskHasMadeMeanwhileIsNotTakenForOneThatIsGone() throws SQLException {
    write(sink("analytics"), first.create(1, "a1"));
    TableId mirror = new TableId("mirror", "invoices");
    Connection session = database.open();
    sessions.add(session);
    TableOwners owners = new TableOwners(session, "cdc", "analytics");

    owners.checkNeverMade(mirror);

    database.run("DROP TABLE mirror.invoices");
    assertThatThrownBy(() -> owners.checkNeverMade(mirror)).hasMessageContaining("is gone");
  }

  @Test
  void theSecondTableOfASnapshotIsRefused() {
    TransactionalWriter writer = sink("analytics");
    List<RowChange> rows = all(first.read(1, "a1"), second.read(1, "b1"));

    assertThatThrownBy(() -> writer.loadSnapshot(new Lsn(9000), true, rows, List.of()))
        .hasMessageContaining("cannot mirror b.invoices into mirror.invoices");
  }

  @Test
  void aSchemaForEachOfTheSourcesKeepsTablesApart() throws SQLException {
    TransactionalWriter writer =
        sink("analytics", WriterOptions.defaults().withMirrorSchema("mirror_${schema}"));

    write(writer, first.create(1, "a1"), second.create(1, "b1"), second.create(2, "b2"));
    write(writer, first.truncate(), second.update(1, "b1'"));

    assertThat(mirror("mirror_a")).isEmpty();
    assertThat(mirror("mirror_b")).containsExactly("1|b1'", "2|b2");
  }

  @Test
  void aSchemaThatPostgresWouldCutIsRefused() {
    String schema = "s".repeat(60);
    TransactionalWriter writer =
        sink("analytics", WriterOptions.defaults().withMirrorSchema("mirror_${schema}"));

    assertThatThrownBy(() -> write(writer, invoices(schema).create(1, "a")))
        .hasMessageContaining("mirror_" + schema)
        .hasMessageContaining("63 bytes");
  }

  @Test
  void anotherSchemaForASinksMirrorsIsRefused() throws SQLException {
    write(sink("analytics"), first.create(1, "a1"));

    TransactionalWriter moved =
        sink("analytics", WriterOptions.defaults().withMirrorSchema("other"));

    assertThatThrownBy(() -> write(moved, first.create(2, "a2")))
        .hasMessage(
            "cannot mirror a.invoices into other.invoices: sink analytics has its mirror in"
                + " mirror.invoices, whose rows the new one would lack; set mirror.schema back, or"
                + " give the sink another name so that it reads everything again");
    assertThat(database.rows("SELECT to_regclass('other.invoices')")).containsExactly("null");
  }

  @Test
  void anotherSinksMirrorIsRefusedUntilThatSinkIsDropped() throws SQLException {
    write(sink("analytics"), first.create(1, "a1"));
    TransactionalWriter other = sink("copy");

    assertThatThrownBy(() -> write(other, first.create(2, "a2")))
        .isInstanceOf(FatalWriteException.class)
        .hasMessage(
            "cannot write mirror.invoices: it is a mirror of sink analytics; name another schema"
                + " with mirror.schema, or if that sink is gone, run: cdc sink drop analytics");
    assertThatThrownBy(() -> write(other, first.truncate())).hasMessageContaining("sink analytics");
    assertThatThrownBy(
            () -> other.loadSnapshot(new Lsn(9), true, all(first.read(3, "c")), List.of()))
        .hasMessageContaining("sink analytics");
    assertThat(mirror("mirror")).containsExactly("1|a1");

    new LedgerAdmin(sessions.get(1), "cdc").drop("analytics");
    write(sink("copy"), first.create(2, "a2"));
    assertThat(mirror("mirror")).containsExactly("1|a1", "2|a2");
  }

  @Test
  void aMirrorDroppedByHandIsRefusedAtTheStartWithTheCommandThatReadsItAgain() throws SQLException {
    write(sink("analytics"), first.create(1, "a1"));
    database.run("DROP TABLE mirror.invoices");

    TransactionalWriter restarted = sink("analytics");
    assertThatThrownBy(restarted::idle)
        .isInstanceOf(FatalWriteException.class)
        .hasMessage(
            "sink analytics cannot start: mirror.invoices, the mirror of a.invoices, is gone, and"
                + " an empty one would lack its rows; restore it, or have the table read again:"
                + " cdc table reread a.invoices");
    assertThatThrownBy(() -> write(restarted, first.create(2, "a2")))
        .hasMessageContaining("cdc table reread a.invoices");
    assertThat(database.rows("SELECT to_regclass('mirror.invoices')")).containsExactly("null");

    new LedgerAdmin(sessions.get(1), "cdc").reread(first.table());
    write(sink("analytics"), first.create(2, "a2"), first.read(1, "a1"));
    assertThat(mirror("mirror")).containsExactly("1|a1", "2|a2");
  }

  @Test
  void aMirrorDroppedWhileTheSinkRunsIsNamedAtOnce() throws SQLException {
    TransactionalWriter writer = sink("analytics");
    write(writer, first.create(1, "a1"));
    database.run("DROP TABLE mirror.invoices");

    assertThatThrownBy(() -> write(writer, first.create(2, "a2")))
        .hasMessageContaining("mirror.invoices, the mirror of a.invoices, is gone")
        .hasMessageContaining("cdc table reread a.invoices");
  }

  private static String advice(Throwable refusal) {
    String message = refusal.getMessage();
    return message.substring(message.indexOf("run at the target: ") + 19);
  }

  /** Gives the advice of the change's refusal a try, and writes the change by it. */
  private TransactionalWriter advised(RowChange change) throws SQLException {
    Throwable refusal = catchThrowable(() -> write(sink("analytics"), change));
    assertThat(refusal).isInstanceOf(FatalWriteException.class);
    database.run(advice(refusal));
    TransactionalWriter writer = sink("analytics");
    write(writer, change);
    return writer;
  }

  private static Changes tenants(List<String> key) {
    return Changes.of(
        new TableId("public", "pk"),
        key,
        column("id", ColumnType.INT32, "INT4"),
        column("tenant", ColumnType.INT32, "INT4"),
        column("v", ColumnType.STRING, "TEXT"));
  }

  @Test
  void anotherKeyIsRefusedAtItsFirstChangeWithAdviceThatWorks() throws SQLException {
    TransactionalWriter writer = sink("analytics");
    write(
        writer, tenants(List.of("id")).create(1, 1, "a"), tenants(List.of("id")).create(2, 1, "b"));
    Changes keyed = tenants(List.of("tenant", "id"));

    assertThatThrownBy(() -> write(writer, keyed.create(1, 2, "c")))
        .hasMessage(
            "cannot write changes of public.pk: their key is (tenant, id), and mirror.pk has no"
                + " primary key or unique index on it; run at the target: ALTER TABLE"
                + " \"mirror\".\"pk\" DROP CONSTRAINT \"pk_pkey\", ADD PRIMARY KEY (\"tenant\","
                + " \"id\")");

    write(advised(keyed.create(1, 2, "c")), keyed.create(1, 3, "d"), keyed.delete(2, 1, null));
    assertThat(database.rows("SELECT id, tenant, v FROM mirror.pk ORDER BY 1, 2"))
        .containsExactly("1|1|a", "1|2|c", "1|3|d");
  }

  @Test
  void aKeyOfAColumnThatIsAddedWithItIsRefusedWithAdviceThatWorks() throws SQLException {
    Changes before = Changes.of("pk", "id", column("id", ColumnType.INT32, "INT4"));
    write(sink("analytics"), before.create(1), before.create(2));
    Changes keyed = tenants(List.of("id", "v"));

    Throwable refusal = catchThrowable(() -> write(sink("analytics"), keyed.create(1, 2, "c")));
    database.run("UPDATE mirror.pk SET v = ''");
    database.run(advice(refusal));
    write(sink("analytics"), keyed.create(1, 2, "c"));
    assertThat(database.rows("SELECT id, v FROM mirror.pk ORDER BY 1, 2"))
        .containsExactly("1|", "1|c", "2|");
  }

  @Test
  void anotherTableUnderTheNameIsRefusedUntilItIsReadAgain() throws SQLException {
    TransactionalWriter writer = sink("analytics");
    write(writer, first.create(1, "a1"));
    writer.checkRelation(first.table(), new SourceRelation(500));
    writer.checkRelation(first.table(), new SourceRelation(500));

    assertThatThrownBy(() -> writer.checkRelation(first.table(), new SourceRelation(600)))
        .isInstanceOf(FatalWriteException.class)
        .hasMessageContaining("(relation 600, was 500)")
        .hasMessageContaining("cdc table reread a.invoices");
    database.run("DROP TABLE mirror.invoices");
    new LedgerAdmin(sessions.get(0), "cdc").reread(first.table());
    TransactionalWriter restarted = sink("analytics");
    restarted.checkRelation(first.table(), new SourceRelation(600));
    write(restarted, first.read(7, "new"));
    assertThat(mirror("mirror")).containsExactly("7|new");
  }

  @Test
  void aColumnThatWasDroppedAndAddedAgainIsRefusedWhileTheMirrorHasTheFormers()
      throws SQLException {
    TransactionalWriter writer = sink("analytics");
    write(writer, first.create(1, "a1"));
    writer.checkRelation(first.table(), new SourceRelation(500));
    writer.checkRelation(first.table(), new SourceRelation(500, Map.of("id", 1, "v", 2, "x", 3)));
    writer.checkRelation(first.table(), new SourceRelation(500, Map.of("id", 1, "x", 3)));

    writer.checkRelation(first.table(), new SourceRelation(500, Map.of("id", 1, "x", 4)));
    assertThatThrownBy(
            () ->
                writer.checkRelation(
                    first.table(), new SourceRelation(500, Map.of("id", 1, "v", 5))))
        .isInstanceOf(FatalWriteException.class)
        .hasMessageContaining("a.invoices into mirror.invoices: the source's column v is another")
        .hasMessageContaining("DROP TABLE \"mirror\".\"invoices\", then: cdc table reread");
    database.run("ALTER TABLE mirror.invoices DROP COLUMN v");
    writer.checkRelation(first.table(), new SourceRelation(500, Map.of("id", 1, "v", 5)));
  }

  @Test
  void aSnapshotMakesAMirrorThatOfTheTableItRead() throws SQLException {
    TransactionalWriter writer = sink("analytics");
    write(writer, first.create(1, "a1"));
    writer.checkRelation(first.table(), new SourceRelation(500));

    writer.loadSnapshot(new Lsn(9000), true, all(first.read(7, "new")), List.of());
    writer.completeSnapshot(List.of(), Optional.empty());
    writer.checkRelation(first.table(), new SourceRelation(600));
    assertThat(mirror("mirror")).containsExactly("7|new");
  }
}
