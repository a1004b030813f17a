package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Another table gets the name of one that is mirrored, and another column that of one: the first
 * change of it stops the sinks of both modes, whose messages name what makes the mirrors equal.
 */
class ReplacedTablesIT {
  private static final List<String> SINKS = List.of(FidelityStack.SINK_CONNECTOR, "shop-mirrors");

  private static FidelityStack stack;
  private static TableWay way;

  @BeforeAll
  static void start() {
    stack = FidelityStack.start();
    way = stack.way();
    for (String table : List.of("swap", "swap_new", "readded")) {
      way.commit(
          "CREATE TABLE fidelity." + table + " (id int PRIMARY KEY, v text, n int)",
          "INSERT INTO fidelity.%1$s SELECT g, '%1$s ' || g, g FROM generate_series(1, 3) g"
              .formatted(table));
    }
    List<String> topics = List.of("swap", "swap_new", "readded");
    stack.deploy(topics, Map.of("table.exclude.list", "fidelity.swap_old"));
    stack.deployMirrors(topics);
    stack.awaitMirrors(topics);
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void anotherTableUnderAMirrorsName() {
    way.commit(
        "ALTER TABLE fidelity.swap RENAME TO swap_old",
        "ALTER TABLE fidelity.swap_new RENAME TO swap");
    way.commit("UPDATE fidelity.swap_old SET v = 'not captured'");
    way.commit("TRUNCATE fidelity.swap_old");
    way.commit("INSERT INTO fidelity.swap VALUES (9, 'nine', 9)");

    refusedUntilReadAgain("swap", "the source has another table under this name");
  }

  @Test
  void anotherColumnUnderAColumnsName() {
    way.commit("ALTER TABLE fidelity.readded DROP COLUMN v, ADD COLUMN v text");
    way.commit("UPDATE fidelity.readded SET n = 10 WHERE id = 1");

    refusedUntilReadAgain("readded", "the source's column v is another one than before");
  }

  private static void refusedUntilReadAgain(String table, String why) {
    for (String sink : SINKS) {
      assertThat(stack.awaitFailure(sink))
          .contains(why)
          .contains("\".\"" + table + "\", then: cdc table reread fidelity." + table);
    }
    assertThat(
            way.targetRows(
                "SELECT m.v, t.v FROM mirror.%1$s m JOIN mirrors.%1$s t USING (id) ORDER BY id"
                    .formatted(table)))
        .as("what they had before")
        .containsExactlyElementsOf(
            List.of(1, 2, 3).stream().map(i -> "%1$s %2$d|%1$s %2$d".formatted(table, i)).toList());

    stack.atTarget("DROP TABLE mirror." + table, "DROP TABLE mirrors." + table);
    stack.letMirrorsBeMadeAnew("fidelity", table);
    SINKS.forEach(stack::restart);
    stack.readAgain("fidelity." + table);

    stack.assertEventuallyEqual("fidelity", table);
    Awaitility.await("the mirror by several tasks is equal")
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> MirrorRows.assertSame(way, "fidelity", "mirrors", table));
  }
}
