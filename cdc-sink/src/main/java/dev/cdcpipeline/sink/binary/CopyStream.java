package dev.cdcpipeline.sink.binary;

import java.nio.charset.StandardCharsets;

/** Cuts rows into the chunks of a {@code COPY BINARY}. One for each; not thread-safe. */
public final class CopyStream {
  private static final int CHUNK = 1 << 16;
  private static final byte[] SIGNATURE =
      "PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1);

  /** Takes a chunk, for example to send it. */
  @FunctionalInterface
  public interface Chunks<E extends Exception> {
    void accept(byte[] bytes, int offset, int length) throws E;
  }

  private CopyStream() {}

  /**
   * Writes rows.
   *
   * @param changes which, in the order in which they are written
   */
  public static <E extends Exception> void write(
      EncodedRows<?> rows, int[] changes, int from, int to, Chunks<E> chunks) throws E {
    ByteBuilder chunk = new ByteBuilder(CHUNK + (1 << 12));
    chunk.put(SIGNATURE, 0, SIGNATURE.length);
    chunk.putInt(0);
    chunk.putInt(0);
    for (int i = from; i < to; i++) {
      rows.copyRow(changes[i], chunk);
      if (chunk.size() >= CHUNK) {
        chunks.accept(chunk.bytes(), 0, chunk.size());
        chunk.clear(CHUNK + (1 << 12));
      }
    }
    chunk.putShort(-1);
    chunks.accept(chunk.bytes(), 0, chunk.size());
  }
}
