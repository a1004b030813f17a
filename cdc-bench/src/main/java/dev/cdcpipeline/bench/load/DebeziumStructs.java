package dev.cdcpipeline.bench.load;

import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/**
 * Change events as Debezium hands them to a converter: the envelope of a table with source and
 * transaction blocks.
 */
public final class DebeziumStructs {
  private static final long START_MICROS = 1_767_225_600_000_000L;
  private static final long FIRST_LSN = 0x1_6B37_4D48L;

  private static final Schema SOURCE =
      SchemaBuilder.struct()
          .name("io.debezium.connector.postgresql.Source")
          .field("version", Schema.STRING_SCHEMA)
          .field("connector", Schema.STRING_SCHEMA)
          .field("name", Schema.STRING_SCHEMA)
          .field("ts_ms", Schema.INT64_SCHEMA)
          .field("snapshot", SchemaBuilder.string().optional().defaultValue("false").build())
          .field("db", Schema.STRING_SCHEMA)
          .field("sequence", Schema.OPTIONAL_STRING_SCHEMA)
          .field("ts_us", Schema.OPTIONAL_INT64_SCHEMA)
          .field("ts_ns", Schema.OPTIONAL_INT64_SCHEMA)
          .field("schema", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .field("txId", Schema.OPTIONAL_INT64_SCHEMA)
          .field("lsn", Schema.OPTIONAL_INT64_SCHEMA)
          .field("xmin", Schema.OPTIONAL_INT64_SCHEMA)
          .build();
  private static final Schema TRANSACTION =
      SchemaBuilder.struct()
          .name("event.block")
          .version(1)
          .optional()
          .field("id", Schema.STRING_SCHEMA)
          .field("total_order", Schema.INT64_SCHEMA)
          .field("data_collection_order", Schema.INT64_SCHEMA)
          .build();
  private final String table;
  private final Schema envelope;

  /**
   * @param table of schema {@code public} of a source whose topics begin with {@code shop}
   * @param row its columns, optional
   */
  public DebeziumStructs(String table, Schema row) {
    this.table = table;
    this.envelope =
        SchemaBuilder.struct()
            .name("shop.public." + table + ".Envelope")
            .version(2)
            .field("before", row)
            .field("after", row)
            .field("source", SOURCE)
            .field("transaction", TRANSACTION)
            .field("op", Schema.STRING_SCHEMA)
            .field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA)
            .field("ts_us", Schema.OPTIONAL_INT64_SCHEMA)
            .field("ts_ns", Schema.OPTIONAL_INT64_SCHEMA)
            .build();
  }

  /**
   * An event without {@code before}, as under REPLICA IDENTITY DEFAULT.
   *
   * @param operation {@code c} or {@code u}
   * @param number its place among the source's changes, three a transaction
   */
  public Struct event(String operation, long number, Struct after) {
    long micros = START_MICROS + number * 100;
    long lsn = FIRST_LSN + number * 96;
    long transaction = 750 + number / 3;
    Struct source =
        new Struct(SOURCE)
            .put("version", "3.6.0.Final")
            .put("connector", "postgresql")
            .put("name", "shop")
            .put("ts_ms", micros / 1000)
            .put("snapshot", "false")
            .put("db", "shop")
            .put("sequence", "[\"" + (FIRST_LSN + (number / 3 - 1) * 288) + "\",\"" + lsn + "\"]")
            .put("ts_us", micros)
            .put("ts_ns", micros * 1000)
            .put("schema", "public")
            .put("table", table)
            .put("txId", transaction)
            .put("lsn", lsn);
    Struct block =
        new Struct(TRANSACTION)
            .put("id", transaction + ":" + lsn)
            .put("total_order", 1 + number % 3)
            .put("data_collection_order", 1 + number % 3);
    return new Struct(envelope)
        .put("after", after)
        .put("source", source)
        .put("transaction", block)
        .put("op", operation)
        .put("ts_ms", micros / 1000 + 5)
        .put("ts_us", micros + 5000)
        .put("ts_ns", (micros + 5000) * 1000);
  }
}
