package dev.cdcpipeline.model.serde;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads a string that is nearly always the one before, such as a table's name, without making it
 * again.
 */
final class RepeatedText {
  private byte[] lastBytes = {};
  private String last = "";

  String read(AvroInput in) {
    int length = in.readLength();
    int p = in.take(length, "a string");
    byte[] bytes = in.bytes();
    if (!Arrays.equals(bytes, p, p + length, lastBytes, 0, lastBytes.length)) {
      lastBytes = Arrays.copyOfRange(bytes, p, p + length);
      last = new String(lastBytes, StandardCharsets.UTF_8);
    }
    return last;
  }
}
