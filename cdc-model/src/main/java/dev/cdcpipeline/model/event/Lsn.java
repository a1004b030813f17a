package dev.cdcpipeline.model.event;

/**
 * A place in PostgreSQL's write-ahead log; never a Kafka offset. Ordered as PostgreSQL orders
 * {@code pg_lsn}: unsigned.
 *
 * @param value the 64-bit position, as Debezium writes it in {@code source.lsn}
 */
public record Lsn(long value) implements Comparable<Lsn> {

  /**
   * Reads PostgreSQL's notation, {@code 16/B374D848}.
   *
   * @throws IllegalArgumentException if the text is not two hexadecimal numbers of at most 32 bits,
   *     separated by a slash
   */
  public static Lsn parse(String text) {
    int slash = text.indexOf('/');
    try {
      if (slash > 0) {
        long high = Long.parseLong(text.substring(0, slash), 16);
        long low = Long.parseLong(text.substring(slash + 1), 16);
        if (high >= 0 && high <= 0xFFFFFFFFL && low >= 0 && low <= 0xFFFFFFFFL) {
          return new Lsn(high << 32 | low);
        }
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not an LSN such as 16/B374D848", e);
    }
    throw new IllegalArgumentException("'" + text + "' is not an LSN such as 16/B374D848");
  }

  @Override
  public int compareTo(Lsn other) {
    return Long.compareUnsigned(value, other.value);
  }

  /** PostgreSQL's notation, which casts to {@code pg_lsn}. */
  @Override
  public String toString() {
    return Long.toHexString(value >>> 32).toUpperCase(java.util.Locale.ROOT)
        + "/"
        + Long.toHexString(value & 0xFFFFFFFFL).toUpperCase(java.util.Locale.ROOT);
  }
}
