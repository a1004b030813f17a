package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.app.ShopDatabases;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.FencedException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SinkCommandIT {
  private static final PartitionId ORDERS = new PartitionId("shop.public.orders", 0);
  private static final PartitionId MARKERS = new PartitionId("shop.transaction", 0);

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private ShopDatabases databases;
  private long epoch;

  @BeforeEach
  void aSinkThatHasWritten() throws SQLException {
    databases = ShopDatabases.create();
    try (Connection target = open("")) {
      OffsetLedger ledger = new OffsetLedger(target, "cdc", "analytics");
      ledger.createObjects();
      ledger.claim(List.of(ORDERS, MARKERS));
      epoch = ledger.epoch();
    }
    databases.onTarget(
        "UPDATE cdc.offsets SET next_offset = 42, topic_id = 'abc', commit_time ="
            + " '2026-01-15 10:00:00+00'",
        "UPDATE cdc.position SET source_epoch = 0, commit_lsn = '0/16B3748', commit_time ="
            + " '2026-01-15 10:00:00+00', transaction_id = 7",
        "CREATE TABLE cdc.snapshot_1 (order_id int PRIMARY KEY)",
        "INSERT INTO cdc.snapshots (sink, lsn, last_row_seen) VALUES ('analytics', '0/99', false)",
        "INSERT INTO cdc.snapshot_tables (sink, source_schema, source_table, loading_table) VALUES"
            + " ('analytics', 'public', 'orders', 'snapshot_1')");
  }

  private Connection open(String parameters) throws SQLException {
    Connection connection =
        DriverManager.getConnection(databases.targetUrl("cdc_sink") + parameters);
    connection.setAutoCommit(false);
    return connection;
  }

  private int sink(String... arguments) {
    List<String> args = new ArrayList<>(List.of("sink"));
    args.addAll(List.of(arguments));
    args.addAll(
        List.of(
            "--target-url",
            databases.targetUrl("analyst"),
            "--sink-url",
            databases.targetUrl("cdc_sink")));
    return CdcCommand.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args.toArray(String[]::new));
  }

  private String target(String query) throws SQLException {
    return ShopDatabases.value(databases.targetUrl("cdc_sink"), query);
  }

  @Test
  void showsTheLedger() {
    assertThat(sink("show")).isZero();

    assertThat(out.toString())
        .contains("Sink analytics", "0/16B3748", "shop.public.orders", "42", "2026-01-15T10:00:00Z")
        .contains("loading the snapshot at 0/99");
  }

  @Test
  void namesTheSinksThereAreIfTheOneAskedForIsNot() {
    assertThat(sink("show", "analytcs")).isEqualTo(2);

    assertThat(err.toString())
        .isEqualTo("cdc: there is no sink analytcs in this target; there are [analytics]\n");
  }

  @Test
  void changesNothingWithoutYesButSaysWhatWouldFollow() throws SQLException {
    assertThat(sink("reset", "analytics", "--from", "beginning")).isEqualTo(2);

    assertThat(out.toString())
        .contains("shop.public.orders", "42", "beginning", "step back and catch up")
        .endsWith("Nothing was changed. Add --yes to do it.\n");
    assertThat(target("SELECT min(next_offset) FROM cdc.offsets")).isEqualTo("42");
    assertThat(target("SELECT count(*) FROM cdc.position")).isEqualTo("1");
  }

  @Test
  void forgetsOffsetsPositionAndAHalfLoadedSnapshot() throws SQLException {
    assertThat(sink("reset", "analytics", "--from", "beginning", "--yes")).isZero();

    assertThat(out.toString()).endsWith("Done: 2 partitions of sink analytics were reset.\n");
    assertThat(
            target(
                "SELECT count(*) FROM cdc.offsets WHERE next_offset IS NULL AND topic_id IS NULL"))
        .isEqualTo("2");
    assertThat(target("SELECT count(*) FROM cdc.position")).isEqualTo("0");
    assertThat(target("SELECT count(*) FROM cdc.snapshots")).isEqualTo("0");
    assertThat(target("SELECT to_regclass('cdc.snapshot_1') IS NULL")).isEqualTo("t");
  }

  @Test
  void dropsTheLedgerThatADeletedConnectorHasLeft() throws SQLException {
    assertThat(sink("drop", "analytics")).isEqualTo(2);
    assertThat(out.toString()).endsWith("Nothing was changed. Add --yes to do it.\n");
    assertThat(target("SELECT count(*) FROM cdc.position")).isEqualTo("1");

    assertThat(sink("drop", "analytics", "--yes")).isZero();

    assertThat(out.toString()).endsWith("Done: sink analytics and its 2 partitions are gone.\n");
    for (String table : List.of("offsets", "position", "snapshots", "snapshot_tables")) {
      assertThat(target("SELECT count(*) FROM cdc." + table)).as(table).isEqualTo("0");
    }
    assertThat(sink("show")).isZero();
    assertThat(out.toString()).endsWith("no sink has written to this target\n");
  }

  @Test
  void aTaskWhoseLedgerIsDroppedIsFenced() throws SQLException {
    assertThat(sink("drop", "analytics", "--yes")).isZero();

    try (Connection target = open("")) {
      OffsetLedger ledger = new OffsetLedger(target, "cdc", "analytics");
      assertThatThrownBy(() -> ledger.resume(epoch, List.of(ORDERS, MARKERS)))
          .isInstanceOf(FencedException.class);
    }
  }

  @Test
  void aTaskThatLivesOnIsFenced() throws SQLException {
    assertThat(sink("reset", "analytics", "--from", "beginning", "--yes")).isZero();

    try (Connection target = open("")) {
      OffsetLedger ledger = new OffsetLedger(target, "cdc", "analytics");
      assertThatThrownBy(() -> ledger.resume(epoch, List.of(ORDERS, MARKERS)))
          .isInstanceOf(FencedException.class);
    }
  }

  @Test
  void oneTopicAloneKeepsThePosition() throws SQLException {
    assertThat(
            sink(
                "reset",
                "analytics",
                "--topic",
                "shop.public.orders",
                "--from",
                "beginning",
                "--yes"))
        .isZero();

    assertThat(target("SELECT string_agg(topic, ',') FROM cdc.offsets WHERE next_offset IS NULL"))
        .isEqualTo("shop.public.orders");
    assertThat(target("SELECT count(*) FROM cdc.position")).isEqualTo("1");
    assertThat(target("SELECT count(*) FROM cdc.snapshots")).isEqualTo("1");
  }

  @Test
  void refusesATopicThatTheLedgerDoesNotHave() {
    assertThat(sink("reset", "analytics", "--topic", "shop.orders")).isEqualTo(2);

    assertThat(err.toString())
        .startsWith("cdc: sink analytics has nothing of topic shop.orders in its ledger; it has [");
  }

  @Test
  void refusesWhileTheSinkIsConnected() throws SQLException {
    try (Connection running = open("&ApplicationName=cdc-sink%20analytics")) {
      assertThat(running.isValid(10)).isTrue();

      assertThat(sink("reset", "analytics", "--from", "beginning", "--yes")).isEqualTo(2);
    }

    assertThat(err.toString()).contains("sink analytics is running", "Stop its connector first");
    assertThat(target("SELECT min(next_offset) FROM cdc.offsets")).isEqualTo("42");
  }

  @Test
  void needsKafkaToSeeWhereTheTopicsEnd() {
    assertThat(sink("reset", "analytics", "--yes")).isEqualTo(2);

    assertThat(err.toString())
        .isEqualTo(
            "cdc: --bootstrap-servers is needed to see where the topics end, or --from"
                + " beginning\n");
  }
}
