package dev.cdcpipeline.model.serde;

/**
 * Confluent's framing of a record: a zero byte, the schema's id in four bytes, big-endian, then the
 * Avro binary. Bytes, and decimals in bytes, that are a whole key or value follow as they are:
 * without the length that Avro's binary has before them. In a union, a record or an array they have
 * it.
 */
public final class WireFormat {

  /** The first byte of every framed record. */
  public static final byte MAGIC = 0;

  /** Bytes before the Avro binary begins. */
  public static final int HEADER_BYTES = 5;

  private WireFormat() {}

  /**
   * The id of the schema the record was written with.
   *
   * @throws MalformedException if the record is too short or begins with another byte
   */
  static int schemaId(byte[] record) {
    if (record.length < HEADER_BYTES) {
      throw new MalformedException(
          "record has "
              + record.length
              + " bytes, fewer than the "
              + HEADER_BYTES
              + " of the Confluent wire format",
          "check the producer's converter or serializer");
    }
    if (record[0] != MAGIC) {
      throw new MalformedException(
          "first byte is " + record[0] + ", expected " + MAGIC + " of the Confluent wire format",
          "check the producer's converter or serializer");
    }
    return ((record[1] & 0xFF) << 24)
        | ((record[2] & 0xFF) << 16)
        | ((record[3] & 0xFF) << 8)
        | (record[4] & 0xFF);
  }

  /** Writes the header at the start of {@code target}, which must have room for it. */
  static void writeHeader(byte[] target, int schemaId) {
    target[0] = MAGIC;
    target[1] = (byte) (schemaId >>> 24);
    target[2] = (byte) (schemaId >>> 16);
    target[3] = (byte) (schemaId >>> 8);
    target[4] = (byte) schemaId;
  }

  /** A framed copy of an Avro binary, or of bytes that are a whole key or value. */
  public static byte[] frame(int schemaId, byte[] avro) {
    byte[] framed = new byte[HEADER_BYTES + avro.length];
    writeHeader(framed, schemaId);
    System.arraycopy(avro, 0, framed, HEADER_BYTES, avro.length);
    return framed;
  }
}
