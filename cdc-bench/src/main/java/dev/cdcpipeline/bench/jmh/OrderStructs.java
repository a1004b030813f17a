package dev.cdcpipeline.bench.jmh;

import dev.cdcpipeline.bench.load.DebeziumStructs;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/**
 * Change events of {@code orders} as Debezium hands them to a converter: an update with source and
 * transaction blocks, {@code before} null. The same for the same seed.
 */
public final class OrderStructs {
  private static final String[] STATUSES = {"pending", "processing", "shipped", "delivered"};
  private static final long START_MICROS = 1_767_225_600_000_000L;

  private static final Schema MICROS =
      SchemaBuilder.int64().name("io.debezium.time.MicroTimestamp").version(1).optional().build();
  private static final Schema ROW =
      SchemaBuilder.struct()
          .name("shop.public.orders.Value")
          .optional()
          .field("order_id", SchemaBuilder.int32().defaultValue(0).build())
          .field("customer_id", Schema.OPTIONAL_INT32_SCHEMA)
          .field("order_status", SchemaBuilder.string().optional().defaultValue("pending").build())
          .field(
              "total_amount",
              Decimal.builder(2).parameter("connect.decimal.precision", "10").optional().build())
          .field("shipping_address", Schema.OPTIONAL_STRING_SCHEMA)
          .field("created_at", MICROS)
          .field("updated_at", MICROS)
          .build();
  private final DebeziumStructs envelopes = new DebeziumStructs("orders", ROW);
  private final SplittableRandom random;

  public OrderStructs(long seed) {
    random = new SplittableRandom(seed);
  }

  /** So many updates of random orders. */
  public Struct[] updates(int count) {
    Struct[] events = new Struct[count];
    for (int i = 0; i < count; i++) {
      events[i] = envelopes.event("u", i, row(START_MICROS + i * 100L));
    }
    return events;
  }

  private Struct row(long micros) {
    return new Struct(ROW)
        .put("order_id", 1 + random.nextInt(10_000))
        .put("customer_id", 1 + random.nextInt(10_000))
        .put("order_status", STATUSES[random.nextInt(STATUSES.length)])
        .put("total_amount", BigDecimal.valueOf(random.nextInt(100, 100_000), 2))
        .put("shipping_address", random.nextInt(1, 999) + " Main Street, Springfield")
        .put("created_at", micros - 60_000_000L)
        .put("updated_at", micros);
  }
}
