package dev.cdcpipeline.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.ShopDatabases;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** A snapshot on its way shows in {@code cdc status}, before any reader sees a row of it. */
class SnapshotProgressIT {

  @Test
  void statusSaysRowsDoneRowsExpectedAndTimeLeft() throws Exception {
    ShopDatabases databases = ShopDatabases.create();
    databases.onSource("INSERT INTO orders (total_amount) SELECT i FROM generate_series(1, 400) i");
    try (Connection target = DriverManager.getConnection(databases.targetUrl("cdc_sink"))) {
      target.setAutoCommit(false);
      new OffsetLedger(target, "cdc", "analytics").createObjects();
    }
    databases.onTarget(
        "INSERT INTO cdc.snapshots (sink, lsn, last_row_seen) VALUES ('analytics', '0/1', false)",
        "INSERT INTO cdc.snapshot_tables (sink, source_schema, source_table, loading_table,"
            + " rows_loaded, started_at) VALUES ('analytics', 'public', 'orders', 'snapshot_1',"
            + " 100, now() - interval '1000 seconds')");

    String said = status(databases);

    assertThat(said).contains("Snapshot on its way");
    assertThat(said).containsPattern("analytics +public\\.orders +100 +400 +5[0-9] min");

    databases.onTarget("DELETE FROM cdc.snapshot_tables", "DELETE FROM cdc.snapshots");
    assertThat(status(databases)).doesNotContain("Snapshot on its way");
  }

  private static String status(ShopDatabases databases) {
    StringWriter out = new StringWriter();
    CommandLine cdc = CdcCommand.commandLine();
    cdc.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
    cdc.execute(
        "status",
        "--source-url",
        databases.sourceUrl(),
        "--target-url",
        databases.targetUrl("analyst"));
    return out.toString();
  }
}
