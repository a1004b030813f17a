package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Tables without a key: that of pgbench, under its load from before the snapshot on and with the
 * Connect worker killed in the middle, and one whose equal rows are updated and deleted.
 *
 * <p>{@code -Dcdc.tpcb.seconds=60 -Dcdc.tpcb.scale=10} for pgbench's usual load, {@code
 * -Dcdc.tpcb.kills=N} for more kills, {@code -Dcdc.seed} repeats one.
 */
class KeylessTablesIT {
  private static final int SECONDS = Integer.getInteger("cdc.tpcb.seconds", 12);
  private static final int KILLS = Integer.getInteger("cdc.tpcb.kills", 1);
  private static final int SCALE = Integer.getInteger("cdc.tpcb.scale", 1);
  private static final long SEED = Long.getLong("cdc.seed", System.nanoTime());
  private static final String RESULT =
      """
      -- What each branch has done.
      -- result: branch_activity
      -- key: bid
      -- maintain: delta
      -- over: pgbench_history
      -- count: entries
      -- add: entries, delta
      SELECT bid, count(*) AS entries, coalesce(sum(delta), 0) AS delta FROM pgbench_history GROUP BY bid
      """;

  private static FidelityStack stack;
  private static TableWay way;
  private static TpcbLoad load;

  @BeforeAll
  static void start() throws IOException {
    stack = FidelityStack.start();
    way = stack.way();
    load = new TpcbLoad(way, SCALE, SEED);
    load.initialize();
    way.commit(
        "CREATE TABLE fidelity.journal (n int, note text, doc json)",
        "ALTER TABLE fidelity.journal REPLICA IDENTITY FULL",
        "ALTER TABLE fidelity.journal ALTER COLUMN note SET STORAGE EXTERNAL",
        "INSERT INTO fidelity.journal SELECT g % 3, repeat('x', g % 2 * 5000), '{\"a\":  1}' FROM"
            + " generate_series(1, 20) g");
    Path results = Files.createTempDirectory(Path.of("target"), "results-").toAbsolutePath();
    Files.writeString(results.resolve("branch_activity.sql"), RESULT);
    List<String> tables = new ArrayList<>(TpcbLoad.TABLES);
    tables.add("journal");
    // the initial snapshot is taken while the load goes on
    load.start(2);
    stack.deploy(tables, Map.of(), Map.of("results.dir", results.toString()));
  }

  @AfterAll
  static void stop() {
    try {
      if (load != null) {
        load.close();
      }
    } finally {
      if (stack != null) {
        stack.close();
      }
    }
  }

  @Test
  void allFourTablesAreEqualAfterLoadWithTheWorkerKilledInTheMiddle() {
    long start = System.nanoTime();
    for (int kill = 1; kill <= KILLS; kill++) {
      awaitSeconds(start, SECONDS * kill / (KILLS + 1));
      way.stack().kill(Service.CONNECT);
      way.stack().start(Service.CONNECT);
      way.stack().awaitConnectors(Duration.ofMinutes(3));
    }
    awaitSeconds(start, SECONDS);
    load.close();
    way.stack().awaitConnectors(Duration.ofMinutes(3));

    for (String table : TpcbLoad.TABLES) {
      MirrorRows.assertEqual(way, "fidelity", table);
    }
    assertThat(stack.committedSourceOffsets())
        .as("no restart begins at a BEGIN, whose offset claims its whole transaction")
        .isNotEmpty()
        .noneMatch(offset -> offset.contains("\"messageType\":\"BEGIN\""));
    assertThat(way.targetValue("SELECT count(*) FROM mirror.pgbench_history"))
        .as("with -Dcdc.seed=%d", SEED)
        .isEqualTo(Long.toString(load.transactions()));
    assertThat(
            way.targetRows("SELECT bid, entries, delta FROM analytics.branch_activity ORDER BY 1"))
        .isEqualTo(
            way.sourceRows(
                "SELECT bid, count(*), sum(delta) FROM fidelity.pgbench_history GROUP BY 1 ORDER BY"
                    + " 1"));
  }

  // the load's own length, not a wait for anything
  private static void awaitSeconds(long start, int seconds) {
    Awaitility.await("the load has run " + seconds + " s")
        .atMost(Duration.ofSeconds(seconds + 120L))
        .until(() -> System.nanoTime() - start > seconds * 1_000_000_000L);
  }

  @Test
  void equalRowsAreAsManyAsAtTheSourceWhenTheyAreUpdatedAndDeleted() {
    Random random = new Random(SEED);
    for (int i = 0; i < 40; i++) {
      String one =
          "(SELECT ctid FROM fidelity.journal ORDER BY n, length(note) OFFSET %d LIMIT 1)"
              .formatted(random.nextInt(10));
      way.commit(
          "INSERT INTO fidelity.journal VALUES (%d, NULL, NULL)".formatted(random.nextInt(3)),
          switch (random.nextInt(3)) {
            case 0 -> "DELETE FROM fidelity.journal WHERE ctid = " + one;
            // the long note is not sent again
            case 1 -> "UPDATE fidelity.journal SET n = n + 1 WHERE ctid = " + one;
            default -> "UPDATE fidelity.journal SET doc = '[2]' WHERE n = " + random.nextInt(3);
          });
    }
    MirrorRows.assertEqual(way, "fidelity", "journal");

    way.commit(
        "TRUNCATE fidelity.journal",
        "INSERT INTO fidelity.journal VALUES (1, 'a', NULL), (1, 'a', NULL)",
        "ALTER TABLE fidelity.journal ADD COLUMN more int DEFAULT 3",
        "UPDATE fidelity.journal SET more = 4 WHERE ctid = (SELECT min(ctid) FROM"
            + " fidelity.journal)");
    MirrorRows.assertEqual(way, "fidelity", "journal");
  }
}
