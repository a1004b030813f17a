package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.TransactionMarker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class TransactionMarkerDecoderTest {
  private static final Schema SCHEMA = Avro.sample("d.transaction-value.v1.avsc");

  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final TransactionMarkerDecoder decoder = new TransactionMarkerDecoder(registry);

  private TransactionMarker decode(Map<String, ?> values) {
    return decoder.decode(
        "d.transaction", 0, 4, Avro.framed(registry, SCHEMA, Avro.record(SCHEMA, values)));
  }

  @Test
  void readsTheEndOfATransactionWithItsCounts() {
    Schema counted =
        ColumnTypes.withoutNull(
            ColumnTypes.withoutNull(SCHEMA.getField("data_collections").schema()).getElementType());
    Map<String, Object> values = new HashMap<>();
    values.put("status", "END");
    values.put("id", "750:24024000");
    values.put("event_count", 3L);
    values.put(
        "data_collections",
        List.of(
            Avro.record(counted, Map.of("data_collection", "public.orders", "event_count", 1L)),
            Avro.record(
                counted, Map.of("data_collection", "public.order_items", "event_count", 2L))));
    values.put("ts_ms", 1_700_000_000_000L);

    TransactionMarker marker = decode(values);

    assertThat(marker)
        .isEqualTo(
            new TransactionMarker(
                TransactionMarker.Status.END,
                "750:24024000",
                3,
                Map.of("public.orders", 1L, "public.order_items", 2L),
                1_700_000_000_000L));
    assertThat(marker.transactionId()).isEqualTo(750);
    assertThat(marker.lsn()).isEqualTo(new Lsn(24_024_000));
  }

  @Test
  void readsTheBeginOfATransaction() {
    TransactionMarker marker = decode(Map.of("status", "BEGIN", "id", "750:24023000", "ts_ms", 5L));

    assertThat(marker)
        .isEqualTo(
            new TransactionMarker(TransactionMarker.Status.BEGIN, "750:24023000", 0, Map.of(), 5));
  }

  @Test
  void refusesAnotherStatus() {
    assertThatThrownBy(() -> decode(Map.of("status", "ABORT", "id", "1:2", "ts_ms", 5L)))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[d.transaction-0@4] cannot decode transaction marker: field status: is 'ABORT',"
                + " expected BEGIN or END; check the Debezium version");
  }

  @Test
  void refusesAnEndWithoutACount() {
    assertThatThrownBy(() -> decode(Map.of("status", "END", "id", "1:2", "ts_ms", 5L)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field event_count: is null, expected a Long");
  }

  @Test
  void refusesAnIdWithoutATransaction() {
    assertThatThrownBy(() -> decode(Map.of("status", "BEGIN", "id", "x", "ts_ms", 5L)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field id: is 'x', expected txId:lsn");
  }
}
