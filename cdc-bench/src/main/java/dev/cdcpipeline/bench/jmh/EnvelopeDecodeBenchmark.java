package dev.cdcpipeline.bench.jmh;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.serde.DecoderOptions;
import dev.cdcpipeline.model.serde.EnvelopeDecoder;
import io.apicurio.registry.serde.avro.AvroKafkaDeserializer;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.avro.specific.SpecificDatumReader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import shop.public$.orders.Envelope;

/**
 * One change event of {@code orders} from its bytes, one thread: events a second.
 *
 * <ul>
 *   <li>{@link #row}: what the sink does: row, source, transaction block; each value represented as
 *       its column's type says.
 *   <li>{@link #generic}: Avro's {@code GenericDatumReader} with schema and decoder kept: every
 *       field, decimals left as bytes, strings as {@code Utf8}. Nobody's deserializer, but the
 *       floor of one that makes generic records.
 *   <li>{@link #genericProjection}: the same reader into a schema with {@code after}, {@code op},
 *       {@code lsn}, {@code txId} and the transaction block. Closest in outcome to {@link #row}.
 *   <li>{@link #fastProjection}: that projection by Avro's own compiled reader.
 *   <li>{@link #specific}: Avro's {@code SpecificDatumReader} into the class that its compiler
 *       makes of the schema: every field, decimals and texts as {@link #row} has them.
 *   <li>{@link #apicurio}: Apicurio's deserializer as a Kafka consumer would call it, with its
 *       schema cached: every field, with logical types off.
 * </ul>
 *
 * <p>Not comparable in one respect: {@link #row} converts decimals to {@link java.math.BigDecimal}
 * and texts to {@link String}; the generic ones leave both as bytes. The work left over for them is
 * not measured.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class EnvelopeDecodeBenchmark {
  private static final int EVENTS = 4096;
  private static final int HEADER_BYTES = 5;

  private byte[][] values;
  private int next;
  private EnvelopeDecoder rows;
  private GenericDatumReader<GenericRecord> generic;
  private GenericDatumReader<GenericRecord> projection;
  private SpecificDatumReader<Envelope> specific;
  private org.apache.avro.io.DatumReader<GenericRecord> fast;
  private AvroKafkaDeserializer<GenericRecord> apicurio;
  private BinaryDecoder decoder;

  @Setup
  public void encodeEvents() throws IOException {
    OrderEnvelopes envelopes = new OrderEnvelopes(EVENTS, 1000, 7);
    values = envelopes.values;
    rows = EnvelopeDecoder.ofRows(envelopes.registry, DecoderOptions.defaults());
    generic = new GenericDatumReader<>(envelopes.schema);
    projection = new GenericDatumReader<>(envelopes.schema, projected(envelopes.schema));
    specific = new SpecificDatumReader<>(envelopes.schema, Envelope.getClassSchema());
    fast = FastReaderBuilder.get().createDatumReader(envelopes.schema, projected(envelopes.schema));
    apicurio = new AvroKafkaDeserializer<>(FixedRegistryClient.of(envelopes));
    apicurio.configure(apicurioConfig(), false);
  }

  private static Map<String, Object> apicurioConfig() {
    Map<String, Object> config = new HashMap<>();
    config.put("apicurio.registry.as-confluent", true);
    config.put("apicurio.registry.use-id", "contentId");
    config.put("apicurio.registry.headers.enabled", false);
    return config;
  }

  private static Schema projected(Schema envelope) {
    Schema source =
        SchemaBuilder.record("Source")
            .namespace("io.debezium.connector.postgresql")
            .fields()
            .name("lsn")
            .type(envelope.getField("source").schema().getField("lsn").schema())
            .noDefault()
            .name("txId")
            .type(envelope.getField("source").schema().getField("txId").schema())
            .noDefault()
            .endRecord();
    return SchemaBuilder.record("Envelope")
        .namespace(envelope.getNamespace())
        .fields()
        .name("after")
        .type(envelope.getField("after").schema())
        .noDefault()
        .name("source")
        .type(source)
        .noDefault()
        .name("transaction")
        .type(envelope.getField("transaction").schema())
        .noDefault()
        .name("op")
        .type(envelope.getField("op").schema())
        .noDefault()
        .endRecord();
  }

  @Benchmark
  public ChangeEvent<Row> row() {
    return rows.decode(OrderEnvelopes.TOPIC, 0, 0, nextValue());
  }

  @Benchmark
  public GenericRecord generic() throws IOException {
    return generic.read(null, body(nextValue()));
  }

  @Benchmark
  public GenericRecord genericProjection() throws IOException {
    return projection.read(null, body(nextValue()));
  }

  @Benchmark
  public GenericRecord fastProjection() throws IOException {
    return fast.read(null, body(nextValue()));
  }

  @Benchmark
  public Envelope specific() throws IOException {
    return specific.read(null, body(nextValue()));
  }

  @Benchmark
  public GenericRecord apicurio() {
    return apicurio.deserialize(OrderEnvelopes.TOPIC, nextValue());
  }

  private byte[] nextValue() {
    next = (next + 1) & (EVENTS - 1);
    return values[next];
  }

  private BinaryDecoder body(byte[] value) {
    decoder =
        DecoderFactory.get()
            .binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, decoder);
    return decoder;
  }
}
