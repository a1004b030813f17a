package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
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
 * Columns are added with defaults of every kind, and existing rows have in each mirror what they
 * have at the source, as far as PostgreSQL's catalogue says it; else NULL, until the table is read
 * again. No default stops anything.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AddedColumnsIT {
  /** What follows {@code ADD COLUMN c…}: the source computes each once. */
  private static final List<String> ONCE =
      List.of(
          "time DEFAULT '00:00'",
          "time NOT NULL DEFAULT '04:05:06.789'",
          "numeric DEFAULT 0",
          "numeric NOT NULL DEFAULT 0",
          "numeric NOT NULL DEFAULT -1.5",
          "numeric DEFAULT 'NaN'",
          "numeric(6,2) NOT NULL DEFAULT 1.5",
          "text[] DEFAULT '{}'",
          "text[] NOT NULL DEFAULT '{a,NULL,\"b \\\" c\"}'",
          "fidelity.grade",
          "date DEFAULT 'infinity'",
          "date DEFAULT '0044-03-15 BC'",
          "timestamp DEFAULT 'infinity'",
          "timestamp NOT NULL DEFAULT '1970-01-01'",
          "timestamptz NOT NULL DEFAULT now()",
          "timestamptz DEFAULT '-infinity'",
          "text NOT NULL DEFAULT current_user",
          "text DEFAULT 'it''s \\ a \"text\"'",
          "text NOT NULL DEFAULT ''",
          "text DEFAULT 'NULL'",
          "text DEFAULT upper('x') || 'y'",
          "char(3) DEFAULT 'a'",
          "bit(1) NOT NULL DEFAULT B'0'",
          "bit(3) DEFAULT B'010'",
          "varbit DEFAULT B'1'",
          "varbit NOT NULL DEFAULT B''",
          "boolean NOT NULL DEFAULT true",
          "int NOT NULL DEFAULT 1 + 1",
          "bigint DEFAULT 9223372036854775807",
          "oid NOT NULL DEFAULT 5",
          "real DEFAULT 'NaN'",
          "double precision NOT NULL DEFAULT 0.1",
          "money DEFAULT 1.5",
          "interval NOT NULL DEFAULT '1 year -3 days'",
          "bytea DEFAULT '\\x00ff'",
          "uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000001'",
          "jsonb NOT NULL DEFAULT '{\"a\": [1, null]}'",
          "json DEFAULT '{}'",
          "xml DEFAULT '<a/>'",
          "inet DEFAULT '10.0.0.1'",
          "int4range DEFAULT '[1,5)'",
          "int4multirange DEFAULT '{[1,5),[7,9)}'",
          "point DEFAULT '(1,2)'",
          "box DEFAULT '(1,1),(0,0)'",
          "hstore DEFAULT 'a=>1, b=>NULL'",
          "citext DEFAULT 'aB'",
          "fidelity.mood NOT NULL DEFAULT 'ok'",
          "fidelity.pair DEFAULT '(1,\"a b\")'",
          "tsvector DEFAULT 'a:1'");

  private static FidelityStack stack;
  private static TableWay way;

  @BeforeAll
  static void start() {
    stack = FidelityStack.start();
    way = stack.way();
    stack.atSource(TypeCatalogue.OBJECTS.toArray(String[]::new));
    stack.atSource("CREATE DOMAIN fidelity.grade AS int DEFAULT 7");
    for (String table : List.of("once", "row_by_row", "kept")) {
      way.commit(
          "CREATE TABLE fidelity." + table + " (id int PRIMARY KEY)",
          "INSERT INTO fidelity." + table + " VALUES (1), (2), (3)");
    }
    List<String> topics = List.of("once", "row_by_row", "kept");
    stack.deploy(topics, Map.of());
    stack.deployMirrors(topics);
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  @Order(1)
  void existingRowsHaveWhatTheSourceComputedOnce() {
    List<String> added = new ArrayList<>();
    for (int i = 0; i < ONCE.size(); i++) {
      added.add("ALTER TABLE fidelity.once ADD COLUMN c%d %s".formatted(i, ONCE.get(i)));
    }
    way.commit(added.toArray(String[]::new));
    // what many tools write
    way.commit(
        "ALTER TABLE fidelity.once ADD COLUMN tool int NOT NULL DEFAULT 5",
        "ALTER TABLE fidelity.once ALTER COLUMN tool DROP DEFAULT");
    way.commit(
        "ALTER TABLE fidelity.once ADD COLUMN later int",
        "ALTER TABLE fidelity.once ALTER COLUMN later SET DEFAULT 5",
        "ALTER TABLE fidelity.once ADD COLUMN other int DEFAULT 1",
        "ALTER TABLE fidelity.once ALTER COLUMN other SET DEFAULT 2");
    way.commit("INSERT INTO fidelity.once (id, tool) VALUES (4, 6)");
    way.commit("UPDATE fidelity.once SET c1 = '00:00' WHERE id = 1");

    assertEqualInBothModes("once");
  }

  /** The table is rewritten, row by row, and no event and no catalogue says with what. */
  @Test
  @Order(1)
  void existingRowsHaveNullWhereEachHasAValueOfItsOwnUntilTheyAreReadAgain() {
    way.commit(
        "ALTER TABLE fidelity.row_by_row ADD COLUMN u uuid NOT NULL DEFAULT gen_random_uuid()",
        "ALTER TABLE fidelity.row_by_row ADD COLUMN s serial",
        "ALTER TABLE fidelity.row_by_row ADD COLUMN n numeric NOT NULL DEFAULT random()",
        "ALTER TABLE fidelity.row_by_row ADD COLUMN t timestamptz NOT NULL DEFAULT"
            + " clock_timestamp()",
        "ALTER TABLE fidelity.row_by_row ADD COLUMN b bit(1) NOT NULL DEFAULT"
            + " (random() > 2)::int::bit",
        "INSERT INTO fidelity.row_by_row VALUES (4)");
    way.awaitArrival();

    for (String schema : List.of("mirror", "mirrors")) {
      Awaitility.await("the row is in " + schema)
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(
              () ->
                  assertThat(
                          way.targetRows(
                              "SELECT id, num_nulls(u, s, n, t, b) FROM "
                                  + schema
                                  + ".row_by_row ORDER BY id"))
                      .containsExactly("1|5", "2|5", "3|5", "4|0"));
    }

    stack.readAgain("fidelity.row_by_row");
    Awaitility.await("the rows are read again")
        .atMost(Duration.ofMinutes(1))
        .until(() -> way.targetValue("SELECT count(u) FROM mirrors.row_by_row").equals("4"));
    assertEqualInBothModes("row_by_row");
  }

  /** The registry has BACKWARD, and takes each of these. */
  @Test
  @Order(2)
  void noChangeOfAColumnsNullabilityDefaultOrNameStopsTheSource() {
    way.commit("ALTER TABLE fidelity.kept ADD COLUMN must text NOT NULL DEFAULT 'm'");
    way.commit("INSERT INTO fidelity.kept VALUES (4, 'x')");
    way.commit("ALTER TABLE fidelity.kept ALTER COLUMN must DROP DEFAULT");
    way.commit("INSERT INTO fidelity.kept VALUES (5, 'y')");
    way.commit("ALTER TABLE fidelity.kept ALTER COLUMN must DROP NOT NULL");
    way.commit("INSERT INTO fidelity.kept VALUES (6, NULL)");
    way.commit(
        "UPDATE fidelity.kept SET must = 'z' WHERE must IS NULL",
        "ALTER TABLE fidelity.kept ALTER COLUMN must SET NOT NULL",
        "INSERT INTO fidelity.kept VALUES (7, 'seven')");
    way.commit("ALTER TABLE fidelity.kept RENAME COLUMN must TO shall");
    way.commit("UPDATE fidelity.kept SET shall = shall || '!'");

    assertEqualInBothModes("kept");
  }

  private static void assertEqualInBothModes(String table) {
    MirrorRows.assertEqual(way, "fidelity", table);
    Awaitility.await("the mirror by several tasks is equal")
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> MirrorRows.assertSame(way, "fidelity", "mirrors", table));
  }
}
