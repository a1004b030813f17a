package dev.cdcpipeline.it;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.it.TypeTable.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Difficult and random values of every type, carried by the real Debezium with the settings of our
 * deployment files, once by its snapshot and once while streaming, compared as text at source and
 * target. The table of types in the documents is what comes out of this.
 *
 * <p>{@code -Dcdc.seed=N} repeats a run; {@code -Dcdc.docs.update=true} writes the table.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TypesIT {
  private static final long SEED = Long.getLong("cdc.seed", System.nanoTime());
  private static final int RANDOM_ROWS = Integer.getInteger("cdc.types.rows", 12);
  private static final Path DOCUMENT = Path.of("..", "docs", "types.md");
  private static final String BEGIN = "<!-- what TypesIT found -->\n";
  private static final String END = "<!-- end of what TypesIT found -->\n";

  private static FidelityStack stack;
  private static TypeTable types;

  @BeforeAll
  static void carryEverything() {
    stack = FidelityStack.start();
    stack.atSource(TypeCatalogue.OBJECTS.toArray(String[]::new));
    types = new TypeTable(stack.way(), TypeCatalogue.all(), new Random(SEED));
    types.create();
    stack.atSource(
        "CREATE TABLE fidelity.refused (id int PRIMARY KEY, price numeric(10,2))",
        "GRANT ALL ON fidelity.refused TO shop");
    types.insert(RANDOM_ROWS);
    stack.deploy(List.of("types", "refused"));
    types.insert(RANDOM_ROWS);
    types.touch();
    stack.way().awaitArrival();
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  @Order(1)
  void everyTypeArrivesAsTheDocumentSays() throws IOException {
    List<Verdict> verdicts = types.compare();

    assertThat(verdicts.stream().filter(v -> !v.isAsExpected()).map(Verdict::toString))
        .as("types that are not carried as expected, with -Dcdc.seed=%d", SEED)
        .isEmpty();
    String document = Files.readString(DOCUMENT);
    int begin = document.indexOf(BEGIN) + BEGIN.length();
    int end = document.indexOf(END);
    String table = markdown(verdicts);
    if (Boolean.getBoolean("cdc.docs.update")) {
      Files.writeString(DOCUMENT, document.substring(0, begin) + table + document.substring(end));
      return;
    }
    assertThat(document.substring(begin, end))
        .as(
            "docs/types.md is what was found; write it with -Dit.test=TypesIT"
                + " -Dcdc.docs.update=true")
        .isEqualTo(table);
  }

  private static String markdown(List<Verdict> verdicts) {
    return "\n## Exact\n\n"
        + verdicts.stream()
            .filter(Verdict::isExact)
            .map(v -> "`" + v.type() + "`")
            .distinct()
            .collect(joining(", "))
        + ".\n\n"
        + "## Changed by Debezium\n\n"
        + "| type | at the source | in the mirror | what helps |\n"
        + "|---|---|---|---|\n"
        + verdicts.stream()
            .filter(v -> !v.isExact())
            .map(
                v ->
                    "| `%s` | `%s` | `%s` | %s |\n"
                        .formatted(v.type(), v.atSource(), v.atTarget(), v.advice()))
            .collect(joining())
        + "\n";
  }

  /** Last: the connector does not go on. */
  @Test
  @Order(2)
  void aValueThatCanNotBeCarriedStopsTheConnectorAndIsNamed() {
    stack.way().commit("INSERT INTO fidelity.refused VALUES (1, 'NaN')");

    assertThat(stack.awaitFailure(FidelityStack.SOURCE_CONNECTOR))
        .contains("fidelity.refused.price")
        .contains("numeric");
  }
}
