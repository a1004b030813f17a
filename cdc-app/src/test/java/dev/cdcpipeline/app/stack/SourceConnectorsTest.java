package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class SourceConnectorsTest {

  @Test
  void listsAreRegularExpressionsOfWholeNamesWhateverTheirCase() throws JsonProcessingException {
    JsonNode config = config("{'table.include.list': 'public.orders, shop[.]item.*'}");

    assertThat(SourceConnectors.captures(config, "public.orders")).isTrue();
    assertThat(SourceConnectors.captures(config, "public.ORDERS")).isTrue();
    assertThat(SourceConnectors.captures(config, "shop.items")).isTrue();
    assertThat(SourceConnectors.captures(config, "public.orders_old")).isFalse();
    assertThat(SourceConnectors.captures(config, "other.public.orders")).isFalse();
  }

  @Test
  void withoutAListOfTablesThatOfSchemasCounts() throws JsonProcessingException {
    JsonNode config =
        config("{'schema.include.list': 'public', 'table.exclude.list': 'public[.]audit'}");

    assertThat(SourceConnectors.captures(config, "public.orders")).isTrue();
    assertThat(SourceConnectors.captures(config, "public.audit")).isFalse();
    assertThat(SourceConnectors.captures(config, "rental.orders")).isFalse();
    assertThat(SourceConnectors.captures(config("{}"), "rental.orders")).isTrue();
  }

  private static JsonNode config(String json) throws JsonProcessingException {
    return new ObjectMapper().readTree(json.replace("\\'", "\\\"").replace('\'', '"'));
  }
}
