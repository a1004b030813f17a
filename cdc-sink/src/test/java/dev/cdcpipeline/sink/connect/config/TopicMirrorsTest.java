package dev.cdcpipeline.sink.connect.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.change.TableId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicMirrorsTest {
  private final Map<String, String> settings = new HashMap<>(PostgresSinkConfigTest.minimal());

  private Map<String, String> problems() {
    return ConfigProblems.of(settings);
  }

  @Test
  void twoTopicsOfOneMirrorAreRefusedBeforeTheStart() {
    settings.put("topics", "shop.a.invoices,shop.b.invoices,shop.transaction");

    assertThat(problems())
        .hasEntrySatisfying(
            "mirror.schema",
            problem ->
                assertThat(problem)
                    .isEqualTo(
                        "topics shop.a.invoices and shop.b.invoices would both be mirrored in"
                            + " mirror.invoices; name a schema for each with mirror.schema, for"
                            + " example mirror_${schema}, or a table with table.<topic> in mode"
                            + " mirror"));

    settings.put("mirror.schema", "mirror_${schema}");
    assertThat(problems()).isEmpty();
    assertThat(new TopicMirrors(settings).of(List.of("shop.a.invoices", "shop.transaction")))
        .containsExactly(Map.entry("shop.a.invoices", new TableId("mirror_a", "invoices")));
  }

  @Test
  void twoTopicsOfOneTableInModeMirrorAreRefusedBeforeTheStart() {
    settings.put("mode", "mirror");
    settings.put("topics", "one.public.orders,two.public.orders");
    settings.remove("transaction.topic");
    assertThat(problems()).containsOnlyKeys("mirror.schema");

    settings.put("table.two.public.orders", "mirror.orders_2");
    assertThat(problems()).isEmpty();
    settings.put("table.one.public.orders", "mirror.orders_2");
    assertThat(problems()).containsOnlyKeys("mirror.schema");
  }

  @Test
  void resultsReadMirrorsOfOneSchema() {
    settings.put("mirror.schema", "${schema}");
    assertThat(problems()).isEmpty();

    settings.put("results.dir", "results");
    assertThat(problems())
        .hasEntrySatisfying(
            "mirror.schema", problem -> assertThat(problem).contains("must name one schema"));

    settings.put("mirror.schema", "m_${table}");
    assertThat(problems())
        .hasEntrySatisfying(
            "mirror.schema",
            problem ->
                assertThat(problem).isEqualTo("may hold ${schema} and no other placeholder"));
  }
}
