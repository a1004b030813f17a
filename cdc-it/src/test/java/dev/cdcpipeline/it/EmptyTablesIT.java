package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Tables without rows have mirrors, and a later snapshot empties those of tables that are empty.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EmptyTablesIT {
  private static final List<String> KEYED = List.of("empty", "odd_Name", "two");

  private static FidelityStack stack;
  private static TableWay way;

  @BeforeAll
  static void start() {
    stack = FidelityStack.start();
    way = stack.way();
    way.commit(
        "CREATE TABLE fidelity.empty (id int PRIMARY KEY, v text NOT NULL, at point, n numeric)",
        "CREATE TABLE fidelity.\"odd_Name\" (\"the id\" int PRIMARY KEY, \"1st\" text)",
        "CREATE TABLE fidelity.two (b int, a int, v text, PRIMARY KEY (a, b))",
        "CREATE TABLE fidelity.bag (v text)",
        "ALTER TABLE fidelity.bag REPLICA IDENTITY FULL");
    List<String> topics = List.of("empty", "odd_Name", "two", "bag");
    stack.deploy(topics, Map.of());
    stack.deployMirrors(KEYED);
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  @Order(1)
  void theyHaveMirrorsFromTheStartThoughTheSnapshotHasNoRow() {
    way.awaitArrival();

    assertThat(columns("mirror", "empty")).containsExactly("id", "v", "at", "n");
    assertThat(columns("mirror", "odd_Name")).containsExactly("the id", "1st");
    assertThat(columns("mirror", "two")).containsExactly("b", "a", "v");
    assertThat(columns("mirror", "bag")).containsExactly("v");
    assertThat(
            way.targetRows(
                "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
                    + " AND a.attnum = ANY (i.indkey) WHERE i.indrelid = 'mirror.two'::regclass"
                    + " ORDER BY 1"))
        .containsExactly("a", "b");
    stack.awaitMirrors(KEYED);
  }

  @Test
  @Order(2)
  void theirFirstRowsArrive() {
    way.commit(
        "INSERT INTO fidelity.empty VALUES (1, 'a', '(1,2)', 1.50)",
        "INSERT INTO fidelity.\"odd_Name\" VALUES (1, 'x')",
        "INSERT INTO fidelity.two VALUES (1, 2, 'x'), (2, 1, 'y')",
        "INSERT INTO fidelity.bag VALUES ('x'), ('x')");
    way.awaitArrival();

    for (String table : KEYED) {
      stack.assertEventuallyEqual("fidelity", table);
    }
    assertThat(way.targetRows("SELECT v FROM mirror.bag")).containsExactly("x", "x");
  }

  @Test
  @Order(3)
  void aLaterSnapshotEmptiesTheMirrorsOfTablesThatAreEmptyNow() {
    stack.forgetTheSource(
        () ->
            way.commit(
                "DELETE FROM fidelity.empty",
                "DELETE FROM fidelity.bag",
                "DELETE FROM fidelity.two WHERE a = 1"));
    way.commit("INSERT INTO fidelity.two VALUES (5, 5, 'z')");
    way.awaitArrival();

    stack.assertEventuallyEqual("fidelity", "two");
    assertEmpty("empty");
    assertThat(way.targetRows("SELECT v FROM mirror.bag")).isEmpty();
    assertThat(way.targetRows("SELECT \"the id\", \"1st\" FROM mirror.\"odd_Name\""))
        .containsExactly("1|x");

    stack.forgetTheSource(
        () ->
            way.commit(
                "TRUNCATE fidelity.empty, fidelity.bag, fidelity.two, fidelity.\"odd_Name\""));
    way.commit("INSERT INTO fidelity.bag VALUES ('z')");
    way.awaitArrival();
    for (String table : KEYED) {
      assertEmpty(table);
    }
    assertThat(way.targetRows("SELECT v FROM mirror.bag")).containsExactly("z");
  }

  private static void assertEmpty(String table) {
    assertThat(way.targetValue("SELECT count(*) FROM mirror.\"" + table + "\""))
        .as("rows in mirror.%s", table)
        .isEqualTo("0");
    Awaitility.await("rows in mirrors." + table)
        .atMost(Duration.ofMinutes(2))
        .until(() -> way.targetValue("SELECT count(*) FROM mirrors.\"" + table + "\"").equals("0"));
  }

  private static List<String> columns(String schema, String table) {
    return way.targetRows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = '%s' AND table_name = '%s' AND column_name !~ '^_cdc' ORDER BY ordinal_position"
            .formatted(schema, table));
  }
}
