package dev.cdcpipeline.sink.table;

import dev.cdcpipeline.sink.binary.BinaryType;
import java.io.Serial;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;

/** A parameter that is sent as the bytes of an array's binary form. */
final class BinaryArray extends PGobject implements PGBinaryObject {
  @Serial private static final long serialVersionUID = 1L;
  private final transient byte[] array;

  BinaryArray(BinaryType element, byte[] array) {
    setType("_" + element.sql());
    this.array = array;
  }

  @Override
  public void setByteValue(byte[] value, int offset) {
    throw new UnsupportedOperationException("an array to be sent is never read");
  }

  @Override
  public int lengthInBytes() {
    return array.length;
  }

  @Override
  public void toBytes(byte[] bytes, int offset) {
    System.arraycopy(array, 0, bytes, offset, array.length);
  }

  // the driver asks for text where it was not told that the type goes over in binary form
  @Override
  public String getValue() {
    throw new IllegalStateException(
        "the connection does not send " + getType() + " in binary form; open it by TargetSession");
  }
}
