package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.Source;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.model.event.TransactionBlock;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvelopeDecoderTest {
  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
  private final EnvelopeDecoder decoder =
      EnvelopeDecoder.ofRows(registry, DecoderOptions.defaults());

  private ChangeEvent<Row> decode(Envelopes envelope) {
    return decoder.decode("d.public.orders", 3, 1042, envelope.bytes(registry));
  }

  private static Envelopes created() {
    return Envelopes.orders()
        .op("c")
        .after(Envelopes.order(7, 42, "pending", "12.30"))
        .transaction("750:24024000", 2, 1);
  }

  @Test
  void readsEveryPartOfAnEnvelope() {
    ChangeEvent<Row> event = decode(created());

    assertThat(event.operation()).isEqualTo(Operation.CREATE);
    assertThat(event.before()).isNull();
    assertThat(event.after().get("id")).isEqualTo(7);
    assertThat(event.after().get("customer_id")).isEqualTo(42);
    assertThat(event.after().get("status")).isEqualTo("pending");
    assertThat(event.after().get("total")).isEqualTo(new BigDecimal("12.30"));
    assertThat(event.after().get("created_at")).isEqualTo(1_700_000_000_000_001L);
    assertThat(event.source())
        .isEqualTo(
            new Source(
                "public",
                "orders",
                750,
                new Lsn(24_024_000),
                new Lsn(24_023_128),
                Source.Snapshot.FALSE,
                1_700_000_000_123_456L));
    assertThat(event.transaction()).isEqualTo(new TransactionBlock("750:24024000", 2, 1));
    assertThat(event.position(1))
        .isEqualTo(new SourcePosition(1, new Lsn(24_023_128), new Lsn(24_024_000), 2));
  }

  @Test
  void describesTheColumnsOfTheWritersSchema() {
    Row after = decode(created()).after();

    assertThat(after.type().columns())
        .containsExactly(
            new Column("id", ColumnType.INT32, false, Map.of()),
            new Column("customer_id", ColumnType.INT32, false, Map.of()),
            new Column("status", ColumnType.STRING, false, Map.of()),
            new Column(
                "total",
                ColumnType.DECIMAL,
                true,
                Map.of("scale", "2", "connect.decimal.precision", "10", "precision", "10")),
            new Column("created_at", ColumnType.TIMESTAMP_MICROS, false, Map.of()));
  }

  @Test
  void sharesOneRowTypeAmongTheRowsOfASchemaVersion() {
    assertThat(decode(created()).after().type()).isSameAs(decode(created()).after().type());
  }

  @Test
  void givesNullForATombstone() {
    assertThat(decoder.decode("d.public.orders", 0, 1, null)).isNull();
  }

  @Test
  void skipsBeforeOfAnUpdateUnlessItIsWanted() {
    Envelopes update =
        Envelopes.orders()
            .op("u")
            .before(Envelopes.order(7, 42, "pending", "12.30"))
            .after(Envelopes.order(7, 42, "paid", "12.30"));

    assertThat(decode(update).before()).isNull();
    assertThat(
            EnvelopeDecoder.ofRows(
                    registry, DecoderOptions.defaults().withBefore(DecoderOptions.Before.ALWAYS))
                .decode("d.public.orders", 3, 1, update.bytes(registry))
                .before()
                .get("status"))
        .isEqualTo("pending");
  }

  @Test
  void readsBeforeOfADeleteBecauseItCarriesTheKey() {
    ChangeEvent<Row> event =
        decode(Envelopes.orders().op("d").before(Envelopes.order(7, 0, "", null)));

    assertThat(event.operation()).isEqualTo(Operation.DELETE);
    assertThat(event.before().get("id")).isEqualTo(7);
    assertThat(event.before().get("total")).isNull();
    assertThat(event.after()).isNull();
  }

  @Test
  void readsATruncate() {
    ChangeEvent<Row> event = decode(Envelopes.orders().op("t"));

    assertThat(event.operation()).isEqualTo(Operation.TRUNCATE);
    assertThat(event.source().dataCollection()).isEqualTo("public.orders");
  }

  @Test
  void readsASnapshotRowWithoutAPreviousCommit() {
    ChangeEvent<Row> event =
        decode(
            Envelopes.orders()
                .op("r")
                .after(Envelopes.order(1, 1, "paid", "0.00"))
                .source("snapshot", "first_in_data_collection")
                .source("sequence", "[null,\"24024000\"]"));

    assertThat(event.operation()).isEqualTo(Operation.READ);
    assertThat(event.source().snapshot()).isEqualTo(Source.Snapshot.FIRST_IN_DATA_COLLECTION);
    assertThat(event.source().previousCommit()).isNull();
    assertThat(event.transaction()).isNull();
    assertThat(event.position(0))
        .isEqualTo(new SourcePosition(0, new Lsn(24_024_000), new Lsn(24_024_000), 0));
  }

  @Test
  void takesMillisecondsWhereTheSourceHasNoMicroseconds() {
    assertThat(decode(created().source("ts_us", null)).source().timeMicros())
        .isEqualTo(1_700_000_000_123_000L);
  }

  @Test
  void readsAUnionWithNullLast() {
    Map<String, Object> customer = new HashMap<>();
    customer.put("id", 1);
    customer.put("email", "a@example.com");
    customer.put("name", "A");
    customer.put("created_at", 5L);
    customer.put("updated_tz", "2026-01-01T00:00:00.000001Z");

    Row present = decode(Envelopes.customers().op("c").after(customer)).after();
    customer.put("updated_tz", null);
    Row absent = decode(Envelopes.customers().op("u").after(customer)).after();

    assertThat(present.get("updated_tz")).isEqualTo("2026-01-01T00:00:00.000001Z");
    assertThat(present.type().columns().get(4).type()).isEqualTo(ColumnType.ZONED_TIMESTAMP);
    assertThat(absent.get("updated_tz")).isNull();
  }

  @Test
  void keepsTheWritersScaleWhenItChanges() {
    String wider = Envelopes.orders().schema().toString().replace("\"scale\":2", "\"scale\":4");
    Schema schema = Avro.schema(wider);

    Row before = decode(created()).after();
    Row after =
        decode(
                Envelopes.of(schema, "orders")
                    .op("u")
                    .after(Envelopes.order(7, 42, "paid", "12.3000")))
            .after();

    assertThat(before.get("total")).isEqualTo(new BigDecimal("12.30"));
    assertThat(after.get("total")).isEqualTo(new BigDecimal("12.3000"));
  }

  @Test
  void marksAnUnavailableValueWithAStateOfItsOwn() {
    Row after =
        decode(
                Envelopes.orders()
                    .op("u")
                    .after(Envelopes.order(7, 42, "__debezium_unavailable_value", null)))
            .after();

    assertThat(after.get("status")).isSameAs(Row.UNAVAILABLE);
    assertThat(after.isUnavailable(after.type().indexOf("status"))).isTrue();
  }

  /** A snapshot reads whole rows; a change of a key is a create that may lack values. */
  @ParameterizedTest
  @CsvSource({"r, true", "c, false", "u, false"})
  void takesATextThatLooksLikeThePlaceholderForOneWhereRowsAreRead(String op, boolean isText) {
    Object status =
        decode(
                Envelopes.orders()
                    .op(op)
                    .after(Envelopes.order(7, 42, "__debezium_unavailable_value", null)))
            .after()
            .get("status");

    assertThat(status)
        .asString()
        .isEqualTo(isText ? "__debezium_unavailable_value" : Row.UNAVAILABLE.toString());
  }

  @Test
  void takesAnotherPlaceholderFromTheOptions() {
    EnvelopeDecoder other =
        EnvelopeDecoder.ofRows(
            registry, new DecoderOptions(DecoderOptions.Before.DELETES, "(toast)"));

    Row after =
        other
            .decode(
                "d.public.orders",
                0,
                1,
                Envelopes.orders()
                    .op("u")
                    .after(Envelopes.order(7, 42, "(toast)", null))
                    .bytes(registry))
            .after();

    assertThat(after.get("status")).isSameAs(Row.UNAVAILABLE);
  }

  @Test
  void refusesAnUnknownOperationAndNamesThePlaceAndTheWayOut() {
    assertThatThrownBy(() -> decode(created().op("x")))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[d.public.orders-3@1042] cannot decode change event: field op: op is 'x', expected one"
                + " of r, c, u, d, t, m; check the Debezium version");
  }

  @Test
  void refusesAnUpdateWithoutAfter() {
    assertThatThrownBy(() -> decode(Envelopes.orders().op("u")))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("[d.public.orders-3@1042]")
        .hasMessageContaining("field after: is null, which only a delete's or a truncate's may be");
  }

  @Test
  void refusesASequenceThatIsNone() {
    assertThatThrownBy(() -> decode(created().source("sequence", "24023128")))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field source.sequence: is '24023128', expected a pair of LSNs");
  }

  @Test
  void readsARowOfAnIncrementalSnapshotWhichHasNoLsn() {
    Envelopes read =
        Envelopes.orders()
            .op("r")
            .after(Envelopes.order(7, 42, "pending", "12.30"))
            .source("snapshot", "incremental")
            .source("lsn", null)
            .source("txId", null);

    ChangeEvent<Row> event = decode(read);

    assertThat(event.source().snapshot()).isEqualTo(Source.Snapshot.INCREMENTAL);
    assertThat(event.source().lsn()).isNull();
    assertThat(event.position(1))
        .isEqualTo(new SourcePosition(1, new Lsn(24_023_128), new Lsn(24_023_128), 0));
  }

  @Test
  void refusesARowWithoutAnLsn() {
    assertThatThrownBy(() -> decode(created().source("lsn", null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field source.lsn: is null");
  }

  @Test
  void refusesASnapshotMarkItDoesNotKnow() {
    assertThatThrownBy(() -> decode(created().source("snapshot", "maybe")))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field source.snapshot: is 'maybe', expected true, first,");
  }

  @Test
  void refusesATransactionIdWithoutANumber() {
    assertThatThrownBy(() -> decode(created().transaction("x", 1, 1)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field transaction.id: is 'x', expected txId:lsn");
  }

  @Test
  void refusesAFlattenedRecordAndNamesTheMissingField() {
    Schema flat = Avro.recordOf("{\"name\":\"id\",\"type\":\"int\"}");
    byte[] bytes = Avro.framed(registry, flat, Avro.record(flat, Map.of("id", 1)));

    assertThatThrownBy(() -> decoder.decode("t", 0, 5, bytes))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[t-0@5] cannot decode change event: field source: it is missing from schema R; keep"
                + " Debezium's full envelope on the topic (no ExtractNewRecordState)");
  }

  @Test
  void refusesEveryTruncationOfARecord() {
    byte[] bytes = created().bytes(registry);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> decoder.decode("t", 0, 5, cut)).isInstanceOf(DecodeException.class);
    }
  }

  @Test
  void refusesBytesAfterTheRecord() {
    byte[] bytes = created().bytes(registry);

    assertThatThrownBy(() -> decoder.decode("t", 0, 5, Arrays.copyOf(bytes, bytes.length + 3)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("3 bytes are left over");
  }

  @Test
  void refusesAnotherMagicByte() {
    byte[] bytes = created().bytes(registry);
    bytes[0] = 1;

    assertThatThrownBy(() -> decoder.decode("t", 0, 5, bytes))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[t-0@5] cannot decode change event: first byte is 1, expected 0 of the Confluent wire"
                + " format; check the producer's converter or serializer");
  }

  @Test
  void refusesAnUnknownSchemaId() {
    assertThatThrownBy(() -> decoder.decode("t", 0, 5, new byte[] {0, 0, 0, 0, 99, 1, 2}))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[t-0@5] cannot decode change event: schema id 99 is not in the in-memory registry;"
                + " check that it is the registry the producer uses");
  }

  @Test
  void goesOnAfterABadRecord() {
    byte[] bad = created().op("x").bytes(registry);
    assertThatThrownBy(() -> decoder.decode("t", 0, 5, bad)).isInstanceOf(DecodeException.class);

    assertThat(decode(created()).after().get("id")).isEqualTo(7);
  }
}
