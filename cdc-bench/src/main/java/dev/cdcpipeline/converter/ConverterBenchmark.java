package dev.cdcpipeline.converter;

import dev.cdcpipeline.bench.jmh.OrderStructs;
import dev.cdcpipeline.model.serde.InMemorySchemaRegistry;
import io.apicurio.registry.utils.converter.avro.AvroData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.Struct;
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

/**
 * One change event of {@code orders} from Connect's structs, as Debezium makes them, to its bytes,
 * one thread: events a second.
 *
 * <ul>
 *   <li>{@link #ours}: the converter as a Connect worker calls it.
 *   <li>{@link #libraryData}: what Apicurio's (and Confluent's) converter does for each record once
 *       its schema is known: Connect's structs to generic records, and those to bytes.
 * </ul>
 *
 * <p>Comparable in bytes: they are equal. Not comparable in one respect: the library's serializer
 * looks its schema up again for each record, which {@link #libraryData} leaves out; the real
 * converter is slower than shown.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class ConverterBenchmark {
  private static final int EVENTS = 1024;
  private static final String TOPIC = "shop.public.orders";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
  private Struct[] events;
  private EnvelopeAvroConverter converter;
  private AvroData library;
  private GenericDatumWriter<Object> writer;
  private BinaryEncoder encoder;
  private int next;

  @Setup
  public void makeEvents() {
    events = new OrderStructs(7).updates(EVENTS);
    converter = new EnvelopeAvroConverter(new InMemorySchemaRegistry(), false);
    library = new AvroData(100);
    writer = new GenericDatumWriter<>(library.fromConnectSchema(events[0].schema()));
  }

  @Benchmark
  public byte[] ours() {
    Struct event = nextEvent();
    return converter.fromConnectData(TOPIC, event.schema(), event);
  }

  @Benchmark
  public byte[] libraryData() throws IOException {
    Struct event = nextEvent();
    bytes.reset();
    encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
    writer.write(library.fromConnectData(event.schema(), event), encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private Struct nextEvent() {
    next = (next + 1) & (EVENTS - 1);
    return events[next];
  }
}
