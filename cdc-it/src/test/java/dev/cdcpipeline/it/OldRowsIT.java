package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Updates and deletes that don't say which row they are of are taken for no row's, also when the
 * source has been put right meanwhile: the log still has them.
 */
class OldRowsIT {
  private static final List<String> TABLES = List.of("deleted", "updated");

  private static FidelityStack stack;
  private static TableWay way;

  @BeforeAll
  static void start() {
    stack = FidelityStack.start();
    way = stack.way();
    for (String table : TABLES) {
      way.commit(
          "CREATE TABLE fidelity.%s (id int PRIMARY KEY, sku text NOT NULL UNIQUE)"
              .formatted(table),
          "INSERT INTO fidelity.%s VALUES (0, 'a'), (1, 'b'), (2, 'c')".formatted(table),
          "ALTER TABLE fidelity.%1$s REPLICA IDENTITY USING INDEX %1$s_sku_key".formatted(table));
    }
    stack.deploy(TABLES);
    stack.deployMirrors(TABLES);
    stack.awaitMirrors(TABLES);
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "deleted, DELETE FROM %s WHERE id = 2",
    "updated, UPDATE %s SET id = 11 WHERE id = 1"
  })
  void aChangeWithoutTheKeyIsRefusedAlsoAfterTheIdentityWasChanged(String table, String change) {
    String name = "fidelity." + table;
    way.commit(change.formatted(name));
    awaitFailure("sends (sku), the REPLICA IDENTITY of " + name + ", and not (id)");

    stack.atSource("ALTER TABLE " + name + " REPLICA IDENTITY DEFAULT");
    stack.restart(FidelityStack.SOURCE_CONNECTOR);
    assertThat(awaitFailure("with (sku) and not (id)"))
        .contains("then: cdc table reread --remove " + name);
    assertThat(
            way.targetRows(
                "SELECT m.id, t.id FROM mirror.%1$s m JOIN mirrors.%1$s t USING (sku) ORDER BY sku"
                    .formatted(table)))
        .containsExactly("0|0", "1|1", "2|2");

    stack.putSource(Map.of("table.exclude.list", name));
    stack.awaitRunning(FidelityStack.SOURCE_CONNECTOR);
    way.commit("INSERT INTO %s VALUES (20, 'left out')".formatted(name));
    way.awaitArrival();
    stack.putSource(Map.of());
    // rows come to the task that leaves the table out until the other one has started
    AtomicInteger next = new AtomicInteger(20);
    Awaitility.await("the connector takes the table in again")
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              int id = next.incrementAndGet();
              way.commit("INSERT INTO %s VALUES (%d, '%2$d')".formatted(name, id));
              return way.targetValue("SELECT max(id) FROM mirror." + table + " WHERE id > 20")
                  != null;
            });
    stack.makeEqual(name);

    MirrorRows.assertEqual(way, "fidelity", table);
    Awaitility.await("the mirror by several tasks is equal")
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> MirrorRows.assertSame(way, "fidelity", "mirrors", table));
  }

  private static String awaitFailure(String why) {
    return Awaitility.await("the source connector stops: " + why)
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> stack.awaitFailure(FidelityStack.SOURCE_CONNECTOR), trace -> trace.contains(why));
  }
}
