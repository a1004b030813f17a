package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResultFileTest {
  private static final String REFRESH =
      """
      -- What each category sells.
      -- result: revenue_by_category
      -- key: category
      -- maintain: refresh
      -- affected: products (category)
      -- affected: order_items: SELECT p.category FROM products p
      --           JOIN changed_order_items i USING (product_id)
      -- index: order_items (product_id)

      SELECT category, sum(quantity) AS units
      FROM products JOIN order_items USING (product_id)
      GROUP BY category;
      """;

  @Test
  void readsHeaderContinuationLinesAndSelect() {
    ResultDefinition d = ResultFile.parse("r.sql", REFRESH);

    assertThat(d.name()).isEqualTo("revenue_by_category");
    assertThat(d.kind()).isEqualTo(ResultKind.REFRESH);
    assertThat(d.key()).containsExactly("category");
    assertThat(d.affected()).hasSize(2);
    assertThat(d.affected().get(1).select())
        .hasValue(
            "SELECT p.category FROM products p JOIN changed_order_items i USING (product_id)");
    assertThat(d.indexes()).hasSize(1);
    assertThat(d.select()).startsWith("SELECT category").endsWith("GROUP BY category");
    assertThat(d.grace()).isEqualTo(Duration.ZERO);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-- maintain: refresh | -- maintain: often | r.sql:4: maintain is 'often', expected"
            + " refresh, delta, log or violations",
        "-- maintain: refresh | -- freshness: 1 | r.sql:4: unknown header 'freshness'; known are"
            + " add, affected",
        "-- key: category | -- key: Category | r.sql:3: 'Category' is not a plain lower-case SQL"
            + " name",
        "-- key: category | -- note | r.sql:1: header '-- key: …' is missing",
        "-- affected: products (category) | -- affected: products (a, b) | r.sql:5: names 2 columns"
            + " for the 1 of the key [category]",
        "-- affected: products (category) | -- affected: products | r.sql:5: expected '-- affected:"
            + " table (column, …)' or",
        "-- maintain: refresh | -- maintain: delta | r.sql:1: delta needs '-- over: table', the"
            + " table whose rows are added up",
        "-- index: order_items (product_id) | -- count: units | r.sql:8: 'count' has no meaning for"
            + " maintain: refresh",
        "GROUP BY category | GROUP BY category; DROP TABLE x | r.sql:12: one SELECT is expected,"
            + " found ';' inside it",
        "SELECT category, sum | UPDATE category, sum | r.sql:10: after the header a SELECT is"
            + " expected",
        "GROUP BY category | WHERE at > 'now'::timestamp GROUP BY category | r.sql:12: a date that"
            + " depends on the day",
      })
  void namesFileLineAndWhatIsExpected(String good, String bad, String message) {
    String text = REFRESH.replace(good, bad);

    assertThatThrownBy(() -> ResultFile.parse("r.sql", text))
        .isInstanceOf(InvalidResultException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "product_sales_metrics",
        "customer_order_summary",
        "order_status_summary",
        "top_customers_hourly"
      })
  void theSelectIsThatOfTheSemanticsWordForWord(String result) throws Exception {
    String oracle = Files.readString(Path.of("src/test/resources/oracle/" + result + ".sql"));

    String file = Files.readString(Path.of("../infra/results/" + result + ".sql"));

    assertThat(file).endsWith("\n" + oracle);
    assertThat(ResultFile.parse(result, file).select()).isEqualTo(oracle.strip());
  }

  @Test
  void theProjectsResultsAreTenDefinitionsInSixTables() throws Exception {
    List<ResultDefinition> all = ResultFile.readDirectory(Path.of("../infra/results"));

    assertThat(all).hasSize(10);
    assertThat(all.stream().map(ResultDefinition::target).distinct()).hasSize(7);
    assertThat(ResultOrder.sort(all).stream().map(ResultDefinition::name).toList())
        .containsSubsequence("order_events", "order_status_counts");
  }

  @Test
  void refusesResultsThatReadEachOtherInACircle() {
    ResultDefinition a = refresh("a", "b");
    ResultDefinition b = refresh("b", "a");

    assertThatThrownBy(() -> ResultOrder.sort(List.of(a, b)))
        .hasMessage("a.sql: results read each other in a circle: a → b");
  }

  private static ResultDefinition refresh(String name, String reads) {
    return ResultFile.parse(
        name + ".sql",
        "-- result: %s\n-- key: k\n-- maintain: refresh\n-- affected: %s (k)\nSELECT k FROM %s"
            .formatted(name, reads, reads));
  }
}
