package dev.cdcpipeline.converter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

/** Every write beside the same one of Avro's own encoder. */
class AvroOutputTest {
  private final AvroOutput ours = new AvroOutput();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final BinaryEncoder avros = EncoderFactory.get().directBinaryEncoder(bytes, null);

  private void assertSame() {
    assertThat(ours.toByteArray()).isEqualTo(bytes.toByteArray());
  }

  @Test
  void writesIntegersOfEveryLength() throws IOException {
    for (int bit = 0; bit < Long.SIZE; bit++) {
      for (long value : new long[] {1L << bit, (1L << bit) - 1, -(1L << bit), ~(1L << bit)}) {
        ours.writeLong(value);
        avros.writeLong(value);
        ours.writeInt((int) value);
        avros.writeInt((int) value);
      }
    }
    assertSame();
  }

  @Test
  void writesNumbersWithTheirBits() throws IOException {
    for (double value :
        new double[] {0, -0.0, 1.5, Double.NaN, Double.MIN_VALUE, Double.NEGATIVE_INFINITY}) {
      ours.writeDouble(value);
      avros.writeDouble(value);
      ours.writeFloat((float) value);
      avros.writeFloat((float) value);
    }
    ours.writeBoolean(true);
    avros.writeBoolean(true);
    ours.writeBoolean(false);
    avros.writeBoolean(false);
    assertSame();
  }

  @Test
  void writesTextsOfAnyCharacters() throws IOException {
    for (String text :
        List.of(
            "",
            "plain",
            "käse",
            "ascii first, then é",
            "🧀",
            "half \uD83E",
            "\0",
            "€".repeat(999))) {
      ours.writeString(text);
      avros.writeString(text);
    }
    assertSame();
  }

  @Test
  void growsForWhatIsLong() throws IOException {
    String text = "x".repeat(100_000);
    byte[] large = new byte[300_000];
    large[299_999] = 7;
    ours.writeString(text);
    avros.writeString(text);
    ours.writeBytes(large);
    avros.writeBytes(large);
    assertSame();
  }

  @Test
  void writesTheRestOfABufferAndLeavesItThere() throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 9}, 1, 3);
    ours.writeBytes(buffer);
    ours.writeBytes(buffer.asReadOnlyBuffer());
    avros.writeBytes(new byte[] {1, 2, 3});
    avros.writeBytes(new byte[] {1, 2, 3});
    assertSame();
    assertThat(buffer.remaining()).isEqualTo(3);
  }

  @Test
  void beginsAnewAfterAReset() {
    ours.writeString("forgotten");
    ours.reset();
    ours.writeFixedInt(0x01020304);
    ours.writeByte(5);
    assertThat(ours.toByteArray()).containsExactly(1, 2, 3, 4, 5);
  }
}
