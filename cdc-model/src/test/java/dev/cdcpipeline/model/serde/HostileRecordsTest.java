package dev.cdcpipeline.model.serde;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records that are small themselves and would take for ever, or more memory than there is. Every
 * decoder refuses them at once, in a heap that is little more than the largest of them.
 */
class HostileRecordsTest {
  private static final String HEAP = "-Xmx160m";
  private static final int SECONDS = 60;
  private static final int RECORD_BYTES = 10 << 20;

  @Test
  void areRefusedInASmallHeapAndInTime(@TempDir Path directory) throws Exception {
    Path printed = directory.resolve("printed");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Attacks.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    try {
      assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).as("ended in time").isTrue();
      List<String> lines =
          Files.readAllLines(printed).stream().filter(line -> !line.startsWith("SLF4J")).toList();

      assertThat(process.exitValue()).as("%s", lines).isZero();
      assertThat(lines)
          .hasSize(Attacks.RECORDS * Attacks.decoders().size())
          .allSatisfy(line -> assertThat(line).contains(": DecodeException: [t", "cannot decode "));
      assertThat(String.join("\n", lines))
          .contains("has more than 100000 types")
          .contains("is nested deeper than 200 types")
          .contains("record has more values than 10000 and 2 for each byte");
    } finally {
      process.destroyForcibly();
    }
  }

  /** Run in a JVM of its own; a line for each record and decoder. */
  static final class Attacks {
    static final int RECORDS = 10;

    private static final InMemorySchemaRegistry REGISTRY = new InMemorySchemaRegistry();

    private Attacks() {}

    /** Without arguments. */
    public static void main(String[] args) {
      records()
          .forEach(
              (record, bytes) ->
                  decoders()
                      .forEach((decoder, decode) -> attack(record, decoder, decode, bytes.get())));
    }

    private static void attack(
        String record, String decoder, Consumer<byte[]> decode, byte[] bytes) {
      String outcome;
      try {
        decode.accept(bytes);
        outcome = "accepted";
      } catch (DecodeException e) {
        outcome = "DecodeException: " + e.getMessage();
      }
      System.out.println(record + ", " + decoder + ": " + outcome);
    }

    private static Map<String, Supplier<byte[]>> records() {
      Map<String, Supplier<byte[]>> records = new LinkedHashMap<>();
      records.put("doubling", () -> framed(HostileSchemas.doubling(45), new byte[15]));
      records.put(
          "doubling nulls",
          () ->
              framed(
                  HostileSchemas.doubling(45, "{\"name\":\"n\",\"type\":\"null\"}"), new byte[15]));
      records.put(
          "doubling in an envelope",
          () -> framed(HostileSchemas.envelopeWith(HostileSchemas.doubling(45)), new byte[15]));
      records.put(
          "doubling in the row of an envelope",
          () -> framed(rowWith(HostileSchemas.doubling(45)), new byte[15]));
      records.put("less doubling", () -> framed(HostileSchemas.doubling(15), new byte[15]));
      records.put("deep", () -> framed(HostileSchemas.arrays(300, "\"null\""), new byte[15]));
      records.put("announcing", () -> announcing(60, RECORD_BYTES - 1_000, "\"long\""));
      records.put("announcing less", () -> announcing(60, RECORD_BYTES / 40, "\"long\""));
      records.put("announcing nulls", () -> announcing(60, RECORD_BYTES - 1_000, "\"null\""));
      records.put(
          "announcing in an envelope",
          () ->
              framed(
                  HostileSchemas.envelopeWith(HostileSchemas.arrays(60, "\"long\"")),
                  HostileSchemas.announcing(60, RECORD_BYTES - 1_000, RECORD_BYTES)));
      assertThat(records).hasSize(RECORDS);
      return records;
    }

    private static byte[] announcing(int depth, int elements, String type) {
      Schema record = Avro.recordOf("{\"name\":\"id\",\"type\":\"null\"}");
      return framed(
          HostileSchemas.with(record, HostileSchemas.arrays(depth, type)),
          HostileSchemas.announcing(depth, elements, RECORD_BYTES));
    }

    private static Schema rowWith(Schema type) {
      Schema envelope = Envelopes.orders().schema();
      Schema row = HostileSchemas.with(Avro.recordOf(), type);
      Schema copy = Schema.createRecord(envelope.getName(), null, envelope.getNamespace(), false);
      List<Schema.Field> fields = new ArrayList<>();
      for (Schema.Field field : envelope.getFields()) {
        boolean isRow = field.name().equals("before") || field.name().equals("after");
        fields.add(new Schema.Field(field.name(), isRow ? row : field.schema()));
      }
      copy.setFields(fields);
      return copy;
    }

    private static byte[] framed(Schema schema, byte[] body) {
      return WireFormat.frame(
          REGISTRY.register("s" + System.identityHashCode(schema), schema), body);
    }

    static Map<String, Consumer<byte[]>> decoders() {
      DecoderOptions options = DecoderOptions.defaults();
      Map<String, Consumer<byte[]>> decoders = new LinkedHashMap<>();
      EnvelopeDecoder envelopes = EnvelopeDecoder.ofRows(REGISTRY, options);
      decoders.put("envelopes", bytes -> envelopes.decode("t", 0, 1, bytes));
      RecordDecoder records = RecordDecoder.ofValues(REGISTRY, options);
      decoders.put("records", bytes -> records.decode("t", 0, 1, bytes));
      KeyDecoder keys = new KeyDecoder(REGISTRY);
      decoders.put("keys", bytes -> keys.decode("t", 0, 1, bytes));
      TransactionMarkerDecoder markers = new TransactionMarkerDecoder(REGISTRY);
      decoders.put("markers", bytes -> markers.decode("t", 0, 1, bytes));
      ConfluentAvroDeserializer<Object> generic = new ConfluentAvroDeserializer<>(REGISTRY, false);
      decoders.put("deserializer", bytes -> generic.deserialize("t", bytes));
      GenericDecoder datums = new GenericDecoder(REGISTRY);
      decoders.put("generic", bytes -> datums.decode("t", bytes));
      return decoders;
    }
  }
}
