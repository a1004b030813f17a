package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.cli.CdcCommand;
import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * A user's own results on a running pipeline, by the command alone: added, followed, failed and
 * healed, removed; the first is the one that docs/results.md begins with.
 */
@ExtendWith(SharedStack.class)
class NewResultIT {
  private static final String EXPECTED =
      "SELECT category || ' ' || items || ' ' || revenue FROM (SELECT p.category, count(*) AS"
          + " items, sum(i.quantity * i.unit_price) AS revenue FROM mirror.order_items i JOIN"
          + " mirror.products p USING (product_id) GROUP BY p.category) q ORDER BY 1";

  private final TableWay way;
  @TempDir private Path results;

  NewResultIT(TableWay way) {
    this.way = way;
  }

  /** What the command said and how it ended. */
  private record Said(int code, String out) {}

  private Said results(String command, String... more) {
    StringWriter out = new StringWriter();
    CommandLine cdc = CdcCommand.commandLine();
    cdc.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
    List<String> words =
        Stream.concat(
                Stream.of(
                    "results",
                    command,
                    "--data",
                    ((EmbeddedStack) way.stack()).dataDirectory().toString()),
                Stream.of(more))
            .toList();
    int code = cdc.execute(words.toArray(String[]::new));
    return new Said(code, out.toString());
  }

  private Said apply() {
    return results("apply", "--results", results.toString());
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(results.resolve(file), text);
  }

  @BeforeEach
  void copyTheDeployedResults() throws IOException {
    try (Stream<Path> files = Files.list(Distribution.locate().results())) {
      for (Path file : files.toList()) {
        Files.copy(file, results.resolve(file.getFileName()));
      }
    }
    way.awaitArrival();
  }

  @AfterEach
  void backToTheDeployedResults() {
    for (String name : List.of("revenue_by_category", "inverse_totals", "fresh_orders")) {
      if (way.targetValue("SELECT name FROM cdc.results WHERE name = '" + name + "'") != null) {
        Said removed = results("remove", name, "--yes");
        assertThat(removed.code()).as(removed.out()).isZero();
      }
    }
  }

  @Test
  void aFileIsAddedFollowsTheSourceAndIsRemoved() throws Exception {
    Matcher documented =
        Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../docs/results.md")));
    assertThat(documented.find()).isTrue();
    write("revenue_by_category.sql", documented.group(1));

    Said plan = results("plan", "revenue_by_category", "--results", results.toString());
    assertThat(plan.code()).as(plan.out()).isZero();
    assertThat(plan.out())
        .contains("a change of products runs", "a change of order_items runs", "by this plan");
    assertThat(way.targetValue("SELECT to_regclass('analytics.revenue_by_category')"))
        .as("a plan changes nothing")
        .isNull();

    Said applied = apply();
    assertThat(applied.code()).as(applied.out()).isZero();
    assertThat(applied.out()).contains("revenue_by_category", "built in");
    assertThat(following()).as("filled at once").isNotEmpty().isEqualTo(expected());

    way.commit(
        "INSERT INTO products (product_id, sku, name, price, category) VALUES (810001, 'NEW-1',"
            + " 'New', 3, 'Newness')",
        "INSERT INTO orders (order_id, customer_id, total_amount) VALUES (810001, 1, 12)",
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (810001,"
            + " 810001, 4, 3)");
    way.awaitArrival();
    assertThat(following()).contains("Newness 1 12.00");
    way.commit("UPDATE products SET category = 'Oldness' WHERE product_id = 810001");
    way.awaitArrival();
    assertThat(following())
        .as("the old key's group is gone, the new one's is there")
        .contains("Oldness 1 12.00")
        .noneMatch(row -> row.startsWith("Newness"))
        .isEqualTo(expected());
    assertThat(results("list").out()).containsPattern("revenue_by_category +refresh +active");

    Files.delete(results.resolve("revenue_by_category.sql"));
    Said kept = apply();
    assertThat(kept.code()).as(kept.out()).isZero();
    assertThat(kept.out()).contains("maintained as before: revenue_by_category");
    assertThat(following()).as("no file, no loss").isEqualTo(expected());
    Said asked = results("remove", "revenue_by_category");
    assertThat(asked.code()).as(asked.out()).isEqualTo(1);
    assertThat(asked.out()).contains("nothing was removed; say --yes");
    assertThat(following()).isEqualTo(expected());
    Said removed = results("remove", "revenue_by_category", "--yes");
    assertThat(removed.code()).as(removed.out()).isZero();
    assertThat(removed.out()).containsPattern("revenue_by_category +remove +removed");
    assertThat(way.targetValue("SELECT to_regclass('analytics.revenue_by_category')")).isNull();
    way.assertEqualToTheSource();
  }

  @Test
  void aResultThatFailsStopsNothingElseAndIsHealed() throws Exception {
    String header =
        """
        -- result: inverse_totals
        -- key: order_id
        -- maintain: refresh
        -- affected: orders (order_id)
        -- type: inverse numeric(38,6)

        """;
    String select = "SELECT order_id, 1 / total_amount AS inverse FROM orders WHERE %s";
    write("inverse_totals.sql", header + select.formatted("order_id >= 820001"));
    assertThat(apply().code()).isZero();
    way.commit("INSERT INTO orders (order_id, customer_id, total_amount) VALUES (820001, 1, 4)");
    way.awaitArrival();
    assertThat(way.targetRows("SELECT order_id, inverse FROM inverse_totals"))
        .containsExactly("820001|0.250000");

    way.commit("UPDATE orders SET total_amount = 0 WHERE order_id = 820001");
    way.awaitArrival();
    assertThat(way.targetRows("SELECT total_amount FROM mirror.orders WHERE order_id = 820001"))
        .as("the mirrors go on")
        .containsExactly("0.00");
    ReconcileReport report = way.compare();
    assertThat(report.notCompared()).as("everything was compared").isEmpty();
    assertThat(report.tables().stream().filter(t -> t.differences() > 0).toList())
        .as("the failed result alone")
        .singleElement()
        .hasToString(
            "TableComparison[name=analytics.inverse_totals, compared=cannot compare: SQLSTATE"
                + " 22012, ERROR: division by zero, rows=0, differences=1, first=[]]");
    Said listed = results("list");
    assertThat(listed.code()).as("a failed result is a bad answer").isEqualTo(1);
    assertThat(listed.out())
        .containsPattern("inverse_totals +refresh +failed .*division by zero.*at [0-9A-F]+/");

    write(
        "inverse_totals.sql",
        header + select.formatted("order_id >= 820001 AND total_amount <> 0"));
    assertThat(apply().code()).isZero();
    way.commit("UPDATE orders SET total_amount = 8 WHERE order_id = 820001");
    way.awaitArrival();
    assertThat(way.targetRows("SELECT order_id, inverse FROM inverse_totals"))
        .containsExactly("820001|0.125000");
  }

  @Test
  void aDefinitionThatDependsOnTheClockIsRefused() throws Exception {
    write(
        "fresh_orders.sql",
        """
        -- result: fresh_orders
        -- key: order_id
        -- maintain: refresh
        -- affected: orders (order_id)

        SELECT order_id, total_amount FROM orders WHERE created_at > now() - interval '1 hour'
        """);

    Said refused = apply();

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.out()).contains("fresh_orders").containsPattern("failed: .*now\\(\\)");
    assertThat(way.targetValue("SELECT to_regclass('analytics.fresh_orders')")).isNull();
  }

  private List<String> following() {
    return way.targetRows(
        "SELECT category || ' ' || items || ' ' || revenue FROM revenue_by_category ORDER BY 1");
  }

  private List<String> expected() {
    return way.targetRows(EXPECTED);
  }
}
