package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The source's tables change while somebody goes on writing to them, and each mirror ends equal to
 * its table, value by value. Each scenario has a table of its own, so their order doesn't matter.
 */
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
          "strict");

  private static FidelityStack stack;
  private static Writer writer;

  @BeforeAll
  static void start() {
    stack = FidelityStack.start();
    for (String table : TABLES) {
      stack
          .way()
          .commit(
              "CREATE TABLE fidelity.%s (id serial PRIMARY KEY, a int, note varchar(10), price numeric(6,2), must text NOT NULL DEFAULT 'm')"
                  .formatted(table));
    }
    stack
        .way()
        .commit(
            "CREATE TABLE fidelity.\"Order \"\"Items\"\"; DROP TABLE x --\" (\"select\" int, \"a b\" text, \"\u00dcn\u00ef'c\" numeric(5,2), \"%s\" text, PRIMARY KEY (\"select\", \"a b\"))"
                .formatted("long".repeat(15) + "end"));
    stack.deploy(TABLES, "Order__Items___DROP_TABLE_x_--");
    writer = new Writer(stack.way(), TABLES);
    writer.start();
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
    stack.way().commit("ALTER TABLE fidelity." + table + " " + change);
    stack.way().commit(use);

    writer.assertEqual(table);
  }

  @Test
  void aColumnIsAddedAndUsedInOneTransaction() {
    stack
        .way()
        .commit(
            "INSERT INTO fidelity.at_once (a) VALUES (1)",
            "ALTER TABLE fidelity.at_once ADD COLUMN c text DEFAULT 'before'",
            "INSERT INTO fidelity.at_once (a, c) VALUES (2, 'after')");

    writer.assertEqual("at_once");
  }

  @Test
  void twoChangesInARow() {
    stack.way().commit("ALTER TABLE fidelity.two ADD COLUMN c int DEFAULT 1");
    stack.way().commit("ALTER TABLE fidelity.two ADD COLUMN d text DEFAULT 'it''s d'");
    stack.way().commit("INSERT INTO fidelity.two (a, c) VALUES (1, 2)");

    writer.assertEqual("two");
  }

  @Test
  void aRenamedColumnIsReadAgainByAnIncrementalSnapshot() {
    stack.way().commit("ALTER TABLE fidelity.renamed RENAME COLUMN note TO remark");
    stack.way().commit("INSERT INTO fidelity.renamed (remark) VALUES ('new')");

    stack.readAgain("fidelity.renamed");

    writer.assertEventuallyEqual("renamed");
  }

  @Test
  void theRegistryForbidsAndAfterTheDocumentedStepNothingIsLost() {
    writer.without("strict");
    stack.way().commit("UPDATE fidelity.strict SET note = 'x' WHERE note IS NULL");
    stack.way().commit("ALTER TABLE fidelity.strict ALTER COLUMN note SET NOT NULL");
    stack.way().commit("INSERT INTO fidelity.strict (note) VALUES ('strict')");

    assertThat(stack.awaitFailure(FidelityStack.SOURCE_CONNECTOR))
        .contains("fidelity.fidelity.strict-value");

    stack.withoutCompatibility(
        () -> {
          stack.restart(FidelityStack.SOURCE_CONNECTOR);
          writer.assertEqual("strict");
        });
  }

  @Test
  void namesOfAnyKind() {
    stack
        .way()
        .commit(
            "INSERT INTO fidelity.\"Order \"\"Items\"\"; DROP TABLE x --\" VALUES (1, 'a', 1.5,"
                + " 'l'), (2, 'b', NULL, '')",
            "UPDATE fidelity.\"Order \"\"Items\"\"; DROP TABLE x --\" SET \"\u00dcn\u00ef'c\" = 2"
                + " WHERE \"select\" = 1",
            "DELETE FROM fidelity.\"Order \"\"Items\"\"; DROP TABLE x --\" WHERE \"select\" = 2");

    writer.assertEqual("Order \"Items\"; DROP TABLE x --");
  }

  @Test
  void everyStepIsRecorded() {
    stack.way().commit("INSERT INTO fidelity.nullable (a) VALUES (0)");
    stack.way().awaitArrival();

    assertThat(
            stack
                .way()
                .targetValue(
                    "SELECT count(*) FROM cdc.schema_changes WHERE target_table = 'nullable' AND"
                        + " statement LIKE 'CREATE TABLE%' AND source_lsn IS NOT NULL"))
        .isEqualTo("1");
  }
}
