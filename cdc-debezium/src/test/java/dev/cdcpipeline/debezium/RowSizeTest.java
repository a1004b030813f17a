package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class RowSizeTest {
  private static final Schema ROW =
      SchemaBuilder.struct()
          .optional()
          .field("text", Schema.STRING_SCHEMA)
          .field("raw", Schema.BYTES_SCHEMA)
          .build();
  private static final Schema SOURCE =
      SchemaBuilder.struct()
          .field("schema", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .build();
  private static final Schema ENVELOPE =
      SchemaBuilder.struct()
          .field("before", ROW)
          .field("after", ROW)
          .field("source", SOURCE)
          .build();

  private static SourceRecord change(int characters, int bytes) {
    Struct value =
        new Struct(ENVELOPE)
            .put(
                "after",
                new Struct(ROW)
                    .put("text", "x".repeat(characters))
                    .put("raw", ByteBuffer.allocate(bytes)))
            .put("source", new Struct(SOURCE).put("schema", "public").put("table", "docs"));
    return new SourceRecord(Map.of(), Map.of(), "shop.public.docs", ENVELOPE, value);
  }

  @Test
  void aRowThatFitsIsHandedOn() {
    List<SourceRecord> records = List.of(change(60, 40));

    assertThat(RowSize.within(100, records)).isSameAs(records);
  }

  @Test
  void aRowThatNoProducerTakesIsRefusedWithItsTableAndTheSettings() {
    assertThatThrownBy(() -> RowSize.within(100, List.of(change(1, 1), change(60, 41))))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("a change of public.docs has rows of 101 bytes")
        .hasMessageContaining("its producer takes 100")
        .hasMessageContaining("producer.override.max.request.size")
        .hasMessageContaining("message.max.bytes")
        .hasMessageContaining("max.message.bytes of topic shop.public.docs");
  }
}
