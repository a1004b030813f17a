package dev.cdcpipeline.app.reread;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class CapturingConnectorTest {

  @Test
  void listsAreRegularExpressionsOfWholeNamesWhateverTheirCase() throws JsonProcessingException {
    JsonNode config = config("{'table.include.list': 'public.orders, shop[.]item.*'}");

    assertThat(CapturingConnector.captures(config, "public.orders")).isTrue();
    assertThat(CapturingConnector.captures(config, "public.ORDERS")).isTrue();
    assertThat(CapturingConnector.captures(config, "shop.items")).isTrue();
    assertThat(CapturingConnector.captures(config, "public.orders_old")).isFalse();
    assertThat(CapturingConnector.captures(config, "other.public.orders")).isFalse();
  }

  @Test
  void withoutAListOfTablesThatOfSchemasCounts() throws JsonProcessingException {
    JsonNode config =
        config("{'schema.include.list': 'public', 'table.exclude.list': 'public[.]audit'}");

    assertThat(CapturingConnector.captures(config, "public.orders")).isTrue();
    assertThat(CapturingConnector.captures(config, "public.audit")).isFalse();
    assertThat(CapturingConnector.captures(config, "rental.orders")).isFalse();
    assertThat(CapturingConnector.captures(config("{}"), "rental.orders")).isTrue();
  }

  @Test
  void namesAreQuotedForTheSignal() {
    assertThat(Reread.pattern("public.order_items")).isEqualTo("public.order_items");
    assertThat(Reread.pattern("public.a$b c")).isEqualTo("public.a\\$b\\ c");
  }

  private static JsonNode config(String json) throws JsonProcessingException {
    return new ObjectMapper().readTree(json.replace("\\'", "\\\"").replace('\'', '"'));
  }
}
