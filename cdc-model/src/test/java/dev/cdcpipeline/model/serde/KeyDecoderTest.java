package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class KeyDecoderTest {
  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final KeyDecoder decoder = new KeyDecoder(registry);

  @Test
  void namesTheKeyColumnsAndReadsTheirValues() {
    Schema schema = Avro.sample("d.public.orders-key.v1.avsc");
    byte[] key = Avro.framed(registry, schema, Avro.record(schema, Map.of("id", 7)));

    assertThat(decoder.keyColumns("d.public.orders", 0, 1, key)).containsExactly("id");
    assertThat(decoder.decode("d.public.orders", 0, 1, key).get("id")).isEqualTo(7);
  }

  @Test
  void hasNoColumnsForANullKey() {
    assertThat(decoder.keyColumns("t", 0, 1, null)).isEmpty();
    assertThat(decoder.decode("t", 0, 1, null)).isNull();
  }

  @Test
  void refusesAKeyThatIsNoRecord() {
    byte[] key = Avro.framed(registry, Avro.schema("\"int\""), 7);

    assertThatThrownBy(() -> decoder.keyColumns("t", 2, 8, key))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[t-2@8] cannot decode key: its schema is INT, expected a record of the key columns;"
                + " keep Debezium's key on the topic (no ExtractField on it)");
  }
}
