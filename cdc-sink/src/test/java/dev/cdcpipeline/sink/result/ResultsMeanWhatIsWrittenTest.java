package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The deployed results are, word for word, the SELECTs that say what they mean over the source:
 * whoever changes one of them changes its meaning, and has to say so here too.
 */
class ResultsMeanWhatIsWrittenTest {
  private static final Path MEANING = Path.of("src/test/resources/meaning");
  private static final Path RESULTS = Path.of("../infra/results");
  private static final Path DOCUMENT = Path.of("../docs/semantics.md");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "product_sales_metrics",
        "customer_order_summary",
        "order_status_summary",
        "top_customers_hourly"
      })
  void theResultIsItsMeaningWordForWord(String result) throws IOException {
    String meaning = Files.readString(MEANING.resolve(result + ".sql")).strip();

    ResultDefinition definition =
        ResultFile.parse(result + ".sql", Files.readString(RESULTS.resolve(result + ".sql")));

    assertThat(definition.select()).isEqualTo(meaning);
    if (Files.exists(DOCUMENT)) {
      assertThat(Files.readString(DOCUMENT)).as("%s in %s", result, DOCUMENT).contains(meaning);
    }
  }

  @Test
  void theResultsAreAllThere() throws IOException {
    List<String> names;
    try (Stream<Path> files = Files.list(RESULTS)) {
      names = files.map(file -> file.getFileName().toString().replace(".sql", "")).toList();
    }
    assertThat(names)
        .containsExactlyInAnyOrder(
            "order_events",
            "product_sales_metrics",
            "customer_order_summary",
            "order_status_summary",
            "order_status_counts",
            "top_customers_hourly",
            "violations_missing_customer",
            "violations_negative_amount",
            "violations_non_positive_quantity",
            "violations_order_total_mismatch");
  }
}
