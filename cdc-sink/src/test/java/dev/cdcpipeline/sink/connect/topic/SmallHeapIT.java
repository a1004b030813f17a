package dev.cdcpipeline.sink.connect.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.sink.SmallJvm;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.postgres.TargetSession;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.util.Utf8;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values of 10 MB in a heap that holds sixteen of them, with every setting at its default. */
class SmallHeapIT {
  private static final int VALUES = 24;
  private static final int BYTES = 10 << 20;

  @ParameterizedTest
  @CsvSource({"upsert,1", "append,500"})
  void largeValuesGoThroughASmallHeap(String mode, String copyThreshold) throws Exception {
    try (TargetDatabase target = new TargetDatabase()) {
      SmallJvm.run("160m", LargeValues.class, target.options().url(), mode, copyThreshold);

      assertThat(
              target.value(
                  "SELECT count(*) || '|' || sum(length(note)) || '|' || sum(length(picture)) FROM"
                      + " pictures"))
          .isEqualTo(VALUES + "|" + VALUES / 2L * BYTES + "|" + VALUES / 2L * BYTES);
      assertThat(target.value("SELECT next_offset FROM cdc.offsets"))
          .isEqualTo(String.valueOf(VALUES));
    }
  }

  /** Run in a JVM of its own. */
  static final class LargeValues {
    private static final Schema KEY =
        SchemaBuilder.record("K").fields().requiredLong("id").endRecord();
    private static final Schema VALUE =
        SchemaBuilder.record("V")
            .fields()
            .requiredLong("id")
            .requiredString("note")
            .requiredBytes("picture")
            .endRecord();

    // behind the magic byte and the schema's id
    private static final int ID_AT = 5;

    private LargeValues() {}

    /** Arguments: JDBC URL, mode, copy threshold. */
    public static void main(String[] args) {
      SessionOptions session = SessionOptions.of(args[0], "postgres", null);
      TopicHarness harness = new TopicHarness(() -> TargetSession.open(session), args[1]);
      harness.settings.put("copy.threshold", args[2]);
      PartitionId partition = new PartitionId("pictures", 0);
      byte[][] templates = {value(harness, BYTES, 0), value(harness, 0, BYTES)};
      try (Pipeline pipeline = harness.open(partition)) {
        for (int id = 0; id < VALUES; id++) {
          byte[] key = harness.avro(new GenericRecordBuilder(KEY).set("id", (long) id).build());
          byte[] value = templates[id % 2].clone();
          value[ID_AT] = (byte) (id * 2); // Avro's form of a small number
          pipeline.accept(harness.record(partition, key, value));
          pipeline.apply();
        }
        TopicHarness.write(pipeline, List.of());
      }
    }

    private static byte[] value(TopicHarness harness, int noteBytes, int pictureBytes) {
      byte[] note = new byte[noteBytes];
      Arrays.fill(note, (byte) 'x');
      return harness.avro(
          new GenericRecordBuilder(VALUE)
              .set("id", 0L)
              .set("note", new Utf8(note))
              .set("picture", ByteBuffer.allocate(pictureBytes))
              .build());
    }
  }
}
