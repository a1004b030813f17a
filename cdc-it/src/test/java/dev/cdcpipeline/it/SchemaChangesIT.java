package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The source's tables change while somebody goes on writing to them, and each mirror ends equal to
 * its table, value by value, and so does a result over it. Each scenario has a table of its own.
 * Those that stop a connector come last: the others' changes would wait for it.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SchemaChangesIT {
  private static final List<String> TABLES =
      List.of(
          "nullable",
          "preset",
          "preset_time",
          "dropped",
          "bigger",
          "decimals",
          "longer",
          "unlimited",
          "relaxed",
          "at_once",
          "two",
          "renamed",
          "strict",
          "incompatible");

  private static final String ANY_NAME = "Order \"Items\"; DROP TABLE x --";
  private static final String LONG_NAME =
      "Ein sehr langer Name für eine Tabelle mit 63 Zeichen, sehr gut";
  private static final String RESULT =
      """
      -- What a table has, by ten.
      -- result: %1$s_tens
      -- key: ten
      -- maintain: refresh
      -- affected: %1$s: SELECT id %% 10 AS ten FROM changed_%1$s
      -- type: total numeric(38,2)
      SELECT id %% 10 AS ten, count(*) AS n, round(sum(price), 2) AS total FROM %1$s GROUP BY 1
      """;

  private static FidelityStack stack;
  private static TableWay way;
  private static Writer writer;

  @BeforeAll
  static void start() throws IOException {
    stack = FidelityStack.start();
    way = stack.way();
    Path results = Files.createTempDirectory(Path.of("target"), "results-").toAbsolutePath();
    for (String table : TABLES) {
      way.commit(
          "CREATE TABLE fidelity.%s (id serial PRIMARY KEY, a int, note varchar(10), price numeric(6,2), must text NOT NULL DEFAULT 'm')"
              .formatted(table));
      Files.writeString(results.resolve(table + "_tens.sql"), RESULT.formatted(table));
    }
    way.commit(
        "CREATE TABLE fidelity.%s (\"select\" int, \"a b\" text, \"Ünï'c\" numeric(5,2), %s text, PRIMARY KEY (\"select\", \"a b\"))"
            .formatted(quoted(ANY_NAME), quoted("long".repeat(15) + "end")),
        "CREATE TABLE other.%s (\"1st\" int PRIMARY KEY, \"$\" text, \"UPPER\" int)"
            .formatted(quoted(LONG_NAME)));
    stack.atSource("ALTER PUBLICATION fidelity ADD TABLE other." + quoted(LONG_NAME));
    List<String> topics = new ArrayList<>(TABLES);
    topics.add("Order__Items___DROP_TABLE_x_--");
    topics.add("other." + LONG_NAME.replaceAll("[^a-zA-Z0-9._-]", "_"));
    topics.add("other.published_later");
    stack.deploy(topics, Map.of(), Map.of("results.dir", results.toString()));
    writer = new Writer(way, TABLES);
    writer.start();
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @AfterAll
  static void stop() {
    if (writer != null) {
      writer.close();
    }
    if (stack != null) {
      stack.close();
    }
  }

  /** Each row: the table, the change, and a statement that uses it. */
  @Order(1)
  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "nullable|ADD COLUMN c text|UPDATE fidelity.nullable SET c = 'c' WHERE id % 2 = 0",
        "preset|ADD COLUMN c int NOT NULL DEFAULT 7|INSERT INTO fidelity.preset (a, c) VALUES (1,"
            + " 8)",
        "preset_time|ADD COLUMN c timestamp DEFAULT '2020-01-01 01:02:03.000004', ADD COLUMN d"
            + " numeric(5,2) DEFAULT -2.50|INSERT INTO fidelity.preset_time (a) VALUES (1)",
        "dropped|DROP COLUMN note|UPDATE fidelity.dropped SET a = 1 WHERE id % 2 = 0",
        "bigger|ALTER COLUMN a TYPE bigint|INSERT INTO fidelity.bigger (a) VALUES (5000000000)",
        "decimals|ALTER COLUMN price TYPE numeric(12,4)|INSERT INTO fidelity.decimals (price)"
            + " VALUES (12345678.0001)",
        "longer|ALTER COLUMN note TYPE varchar(40)|INSERT INTO fidelity.longer (note) VALUES ('more"
            + " than ten characters')",
        "unlimited|ALTER COLUMN note TYPE text|INSERT INTO fidelity.unlimited (note) VALUES"
            + " (repeat('x', 5000))",
        "relaxed|ALTER COLUMN must DROP NOT NULL|INSERT INTO fidelity.relaxed (must) VALUES (NULL)",
      })
  void aChangeThatTheMirrorFollowsByItself(String table, String change, String use) {
    way.commit("ALTER TABLE fidelity." + table + " " + change);
    way.commit(use);

    writer.assertEqual(table);
  }

  @Test
  @Order(1)
  void aColumnIsAddedAndUsedInOneTransaction() {
    way.commit(
        "INSERT INTO fidelity.at_once (a) VALUES (1)",
        "ALTER TABLE fidelity.at_once ADD COLUMN c text DEFAULT 'before'",
        "INSERT INTO fidelity.at_once (a, c) VALUES (2, 'after')");

    writer.assertEqual("at_once");
  }

  @Test
  @Order(1)
  void twoChangesInARow() {
    way.commit("ALTER TABLE fidelity.two ADD COLUMN c int DEFAULT 1");
    way.commit("ALTER TABLE fidelity.two ADD COLUMN d text DEFAULT 'its d'");
    way.commit("INSERT INTO fidelity.two (a, c) VALUES (1, 2)");

    writer.assertEqual("two");
  }

  @Test
  @Order(2)
  void aRenamedColumnIsReadAgainByAnIncrementalSnapshot() {
    way.commit("ALTER TABLE fidelity.renamed RENAME COLUMN note TO remark");
    way.commit("INSERT INTO fidelity.renamed (remark) VALUES ('new')");

    stack.readAgain("fidelity.renamed");

    writer.assertEventuallyEqual("renamed");
  }

  @Test
  @Order(2)
  void aTableIsAddedToThePublicationAndReadByAnIncrementalSnapshot() {
    way.commit(
        "CREATE TABLE other.published_later (id int PRIMARY KEY, v text)",
        "INSERT INTO other.published_later SELECT g, 'before ' || g FROM generate_series(1, 3000)"
            + " g");
    stack.atSource("ALTER PUBLICATION fidelity ADD TABLE other.published_later");
    way.commit("INSERT INTO other.published_later VALUES (3001, 'published')");

    stack.readAgain("other.published_later");
    for (int i = 0; i < 20; i++) {
      way.commit(
          "UPDATE other.published_later SET v = v || '!' WHERE id %% 20 = %d".formatted(i),
          "DELETE FROM other.published_later WHERE id = 100 + " + i);
    }

    stack.assertEventuallyEqual("other", "published_later");
  }

  @Test
  @Order(1)
  void namesOfAnyKind() {
    String name = quoted(ANY_NAME);
    way.commit(
        "INSERT INTO fidelity." + name + " VALUES (1, 'a', 1.5, 'l'), (2, 'b', NULL, '')",
        "UPDATE fidelity." + name + " SET \"Ünï'c\" = 2 WHERE \"select\" = 1",
        "UPDATE fidelity." + name + " SET \"a b\" = 'c' WHERE \"select\" = 1",
        "DELETE FROM fidelity." + name + " WHERE \"select\" = 2");
    MirrorRows.assertEqual(way, "fidelity", ANY_NAME);

    String other = "other." + quoted(LONG_NAME);
    way.commit(
        "INSERT INTO " + other + " VALUES (1, 'a', 1), (2, 'b', 3)",
        "UPDATE " + other + " SET \"UPPER\" = 9, \"1st\" = 7 WHERE \"1st\" = 1",
        "ALTER TABLE " + other + " ADD COLUMN \"drop \"\" table\" text DEFAULT '\";--'",
        "INSERT INTO " + other + " (\"1st\") VALUES (5)");
    MirrorRows.assertEqual(way, "other", LONG_NAME);
  }

  @Test
  @Order(3)
  void everyStepIsRecorded() {
    way.commit("INSERT INTO fidelity.nullable (a) VALUES (0)");
    way.awaitArrival();

    assertThat(
            way.targetRows(
                "SELECT count(*) FILTER (WHERE statement LIKE 'CREATE TABLE%'), count(*) FILTER"
                    + " (WHERE statement LIKE '%ADD COLUMN%\"c\"%') FROM cdc.schema_changes WHERE"
                    + " target_table = 'nullable' AND source_lsn IS NOT NULL"))
        .containsExactly("1|1");
  }

  @Test
  @Order(4)
  void theRegistryForbidsANarrowerTypeAndAfterTheDocumentedStepNothingIsLost() {
    writer.without("strict");
    way.commit("ALTER TABLE fidelity.strict ADD COLUMN wide bigint");
    way.commit("INSERT INTO fidelity.strict (wide) VALUES (1)");
    way.commit("ALTER TABLE fidelity.strict ALTER COLUMN wide TYPE int");
    way.commit("INSERT INTO fidelity.strict (wide) VALUES (2)");

    assertStoppedByTheRegistry("strict");
    stack.withoutCompatibility(
        () -> {
          stack.restart(FidelityStack.SOURCE_CONNECTOR);
          writer.assertEqual("strict");
        });

    way.commit("INSERT INTO fidelity.strict (wide) VALUES (NULL)");
    writer.assertEqual("strict");
  }

  private static void assertStoppedByTheRegistry(String table) {
    assertThat(stack.awaitFailure(FidelityStack.SOURCE_CONNECTOR))
        .as("says which subject, and what to do")
        .contains("fidelity.fidelity." + table + "-value")
        .contains("compatib");
  }

  @Test
  @Order(5)
  void anIncompatibleChangeStopsTheSinkWithTheStatementThatReconcilesThem() {
    writer.without("incompatible");
    way.commit("UPDATE fidelity.incompatible SET note = NULL");
    way.commit(
        "ALTER TABLE fidelity.incompatible ALTER COLUMN note TYPE uuid USING note::uuid",
        "INSERT INTO fidelity.incompatible (note) VALUES ('00000000-0000-0000-0000-000000000001')");

    assertThat(stack.awaitFailure(FidelityStack.SINK_CONNECTOR))
        .contains("column note is uuid at the source and character varying(10) in mirror")
        .contains(INCOMPATIBLE);

    stack.atTarget(INCOMPATIBLE);
    stack.restart(FidelityStack.SINK_CONNECTOR);
    writer.assertEqual("incompatible");
  }

  private static final String INCOMPATIBLE =
      "ALTER TABLE \"mirror\".\"incompatible\" ALTER COLUMN \"note\" TYPE uuid USING"
          + " \"note\"::text::uuid";

  @Test
  @Order(6)
  void everyTableAndEveryResultIsEqualInTheEnd() {
    writer.assertAllEqual(TABLES);
  }
}
