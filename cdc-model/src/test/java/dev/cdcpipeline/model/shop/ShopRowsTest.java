package dev.cdcpipeline.model.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.ToastableText;
import dev.cdcpipeline.model.serde.ChangeEventDeserializer;
import dev.cdcpipeline.model.serde.DecodeException;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import dev.cdcpipeline.model.serde.Projection;
import dev.cdcpipeline.model.serde.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class ShopRowsTest {
  private static final String TIMESTAMP =
      "{\"type\":\"long\",\"connect.name\":\"io.debezium.time.MicroTimestamp\"}";
  private static final String ORDER_COLUMNS =
      """
      {"name":"order_id","type":"int"},
      {"name":"customer_id","type":["null","int"]},
      {"name":"order_status","type":["string","null"],"default":"pending"},
      {"name":"total_amount","type":["null",{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}]},
      {"name":"shipping_address","type":["null","string"]},
      {"name":"created_at","type":["null",%1$s]},
      {"name":"updated_at","type":["null",%1$s]}\
      """
          .formatted(TIMESTAMP);

  private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();

  private static Schema envelope(String columns) {
    return new Schema.Parser()
        .parse(
            """
            {"type":"record","name":"Envelope","namespace":"shop.orders","fields":[
              {"name":"before","type":["null",{"type":"record","name":"Value","fields":[%s]}]},
              {"name":"after","type":["null","Value"]},
              {"name":"source","type":{"type":"record","name":"Source","fields":[
                {"name":"schema","type":"string"},{"name":"table","type":"string"},{"name":"lsn","type":"long"}]}},
              {"name":"op","type":"string"}]}\
            """
                .formatted(columns));
  }

  private byte[] update(Schema envelope, Map<String, ?> values) {
    GenericData.Record source = new GenericData.Record(envelope.getField("source").schema());
    source.put("schema", "public");
    source.put("table", "orders");
    source.put("lsn", 5L);
    GenericData.Record after =
        new GenericData.Record(envelope.getField("after").schema().getTypes().get(1));
    values.forEach(after::put);
    GenericData.Record event = new GenericData.Record(envelope);
    event.put("after", after);
    event.put("source", source);
    event.put("op", "u");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new GenericDatumWriter<>(envelope).write(event, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return WireFormat.frame(
        registry.register("s" + envelope.hashCode(), envelope), out.toByteArray());
  }

  private <R> R decode(Projection<R> projection, String columns, Map<String, ?> values) {
    ChangeEvent<R> event =
        EnvelopeDecoder.of(registry, DecoderOptions.defaults(), projection)
            .decode("shop.public.orders", 1, 7, update(envelope(columns), values));
    return event.after();
  }

  private static Map<String, Object> order() {
    Map<String, Object> values = new HashMap<>();
    values.put("order_id", 7);
    values.put("customer_id", 42);
    values.put("order_status", "paid");
    values.put("total_amount", decimal("12.30"));
    values.put("shipping_address", "Elm Street 1");
    values.put("created_at", 1_000_001L);
    values.put("updated_at", 2_000_002L);
    return values;
  }

  private static ByteBuffer decimal(String value) {
    return ByteBuffer.wrap(new BigDecimal(value).unscaledValue().toByteArray());
  }

  @Test
  void readsAnOrder() {
    assertThat(decode(Order.PROJECTION, ORDER_COLUMNS, order()))
        .isEqualTo(
            new Order(
                7,
                42L,
                "paid",
                new BigDecimal("12.30"),
                ToastableText.of("Elm Street 1"),
                1_000_001L,
                2_000_002L));
  }

  @Test
  void readsAColumnThatWasWidened() {
    Map<String, Object> values = order();
    values.put("order_id", 5_000_000_000L);
    values.put("total_amount", decimal("12.3456"));

    Order order =
        decode(
            Order.PROJECTION,
            ORDER_COLUMNS
                .replace("\"order_id\",\"type\":\"int\"", "\"order_id\",\"type\":\"long\"")
                .replace("\"precision\":10,\"scale\":2", "\"precision\":20,\"scale\":4"),
            values);

    assertThat(order.orderId()).isEqualTo(5_000_000_000L);
    assertThat(order.totalAmount()).isEqualTo(new BigDecimal("12.3456"));
  }

  @Test
  void skipsAColumnThatWasAddedAndReadsADroppedOneAsNull() {
    Map<String, Object> values = order();
    values.remove("shipping_address");
    values.put("gift", "yes");

    Order order =
        decode(
            Order.PROJECTION,
            ORDER_COLUMNS.replace(
                "{\"name\":\"shipping_address\",\"type\":[\"null\",\"string\"]}",
                "{\"name\":\"gift\",\"type\":\"string\"}"),
            values);

    assertThat(order.shippingAddress()).isEqualTo(ToastableText.of(null));
    assertThat(order.createdAt()).isEqualTo(1_000_001L);
  }

  @Test
  void keepsAnUnavailableTextAsAStateOfItsOwn() {
    Map<String, Object> values = order();
    values.put("shipping_address", DecoderOptions.DEFAULT_PLACEHOLDER);

    Order order = decode(Order.PROJECTION, ORDER_COLUMNS, values);

    assertThat(order.shippingAddress()).isEqualTo(ToastableText.UNAVAILABLE);
    assertThat(order.shippingAddress().orElse(ToastableText.of("known")).text()).isEqualTo("known");
    assertThatThrownBy(() -> order.shippingAddress().text())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesAnUnavailableValueWhereNoneIsExpected() {
    Map<String, Object> values = order();
    values.put("order_status", DecoderOptions.DEFAULT_PLACEHOLDER);

    assertThatThrownBy(() -> decode(Order.PROJECTION, ORDER_COLUMNS, values))
        .isInstanceOf(DecodeException.class)
        .hasMessage(
            "[shop.public.orders-1@7] cannot decode change event: field after.order_status: is"
                + " (unavailable); set REPLICA IDENTITY FULL for the table, or let the reader take"
                + " the column as toastable or optional");
  }

  @Test
  void refusesATableWithoutItsKey() {
    Map<String, Object> values = order();
    values.remove("order_id");
    values.put("id", 7);

    assertThatThrownBy(
            () -> decode(Order.PROJECTION, ORDER_COLUMNS.replace("\"order_id\"", "\"id\""), values))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("field before.order_id: it is missing from the schema");
  }

  @Test
  void refusesAColumnOfAnotherType() {
    Map<String, Object> values = order();
    values.put("customer_id", "42");

    assertThatThrownBy(
            () ->
                decode(
                    Order.PROJECTION,
                    ORDER_COLUMNS.replace(
                        "\"customer_id\",\"type\":[\"null\",\"int\"]",
                        "\"customer_id\",\"type\":\"string\""),
                    values))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining(
            "field before.customer_id: its type is STRING in the schema, expected INT64");
  }

  @Test
  void readsTheOtherTables() {
    String decimal =
        "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":10,\"scale\":2}";
    assertThat(
            decode(
                OrderItem.PROJECTION,
                "{\"name\":\"item_id\",\"type\":\"int\"},{\"name\":\"order_id\",\"type\":\"int\"},"
                    + "{\"name\":\"product_id\",\"type\":\"int\"},{\"name\":\"quantity\",\"type\":\"int\"},"
                    + "{\"name\":\"unit_price\",\"type\":"
                    + decimal
                    + "}",
                Map.of(
                    "item_id",
                    1,
                    "order_id",
                    2,
                    "product_id",
                    3,
                    "quantity",
                    4,
                    "unit_price",
                    decimal("9.99"))))
        .isEqualTo(new OrderItem(1, 2L, 3L, 4L, new BigDecimal("9.99"), null));
    assertThat(
            decode(
                Customer.PROJECTION,
                "{\"name\":\"customer_id\",\"type\":\"int\"},{\"name\":\"email\",\"type\":\"string\"}",
                Map.of("customer_id", 1, "email", "a@example.com")))
        .isEqualTo(new Customer(1, "a@example.com", null, null, null, null));
    assertThat(
            decode(
                Product.PROJECTION,
                "{\"name\":\"product_id\",\"type\":\"int\"},{\"name\":\"description\",\"type\":\"string\"},"
                    + "{\"name\":\"stock_quantity\",\"type\":[\"int\",\"null\"],\"default\":0}",
                Map.of(
                    "product_id",
                    1,
                    "description",
                    DecoderOptions.DEFAULT_PLACEHOLDER,
                    "stock_quantity",
                    3)))
        .isEqualTo(
            new Product(1, null, null, ToastableText.UNAVAILABLE, null, null, 3L, null, null));
  }

  @Test
  void isReadByAConsumersDeserializer() {
    ChangeEventDeserializer<Order> deserializer =
        ChangeEventDeserializer.of(registry, DecoderOptions.defaults(), Order.PROJECTION);

    assertThat(
            deserializer
                .deserialize("t", update(envelope(ORDER_COLUMNS), order()))
                .after()
                .orderId())
        .isEqualTo(7);
    assertThat(deserializer.deserialize("t", null)).isNull();
    assertThatThrownBy(() -> deserializer.deserialize("t", new byte[2]))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("[t] cannot decode change event: ");
  }
}
