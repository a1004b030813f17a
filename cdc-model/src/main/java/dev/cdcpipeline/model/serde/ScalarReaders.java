package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.ValueTarget;

/** Readers of numbers and booleans, whose values are the same whatever the column means. */
final class ScalarReaders {
  static final ValueReader NULL = new Null();
  static final ValueReader BOOLEAN = new Bool();
  static final ValueReader INT = new Int();
  static final ValueReader LONG = new Lng();
  static final ValueReader LONG_OF_INT = new LongOfInt();
  static final ValueReader FLOAT = new Flt();
  static final ValueReader DOUBLE = new Dbl();

  private ScalarReaders() {}

  private static final class Null extends ValueReader {
    @Override
    Object read(AvroInput in) {
      return null;
    }

    @Override
    void skip(AvroInput in) {}

    @Override
    int minimumBytes() {
      return 0;
    }
  }

  private static final class Bool extends ValueReader {
    @Override
    Object read(AvroInput in) {
      return in.readBoolean();
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      target.setBoolean(in.readBoolean());
    }

    @Override
    void skip(AvroInput in) {
      in.take(1, "a boolean");
    }

    @Override
    int minimumBytes() {
      return 1;
    }
  }

  private static final class Int extends ValueReader {
    @Override
    Object read(AvroInput in) {
      return in.readInt();
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      target.setLong(in.readInt());
    }

    @Override
    void skip(AvroInput in) {
      in.skipNumber();
    }

    @Override
    int minimumBytes() {
      return 1;
    }
  }

  private static final class Lng extends ValueReader {
    @Override
    Object read(AvroInput in) {
      return in.readLong();
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      target.setLong(in.readLong());
    }

    @Override
    void skip(AvroInput in) {
      in.skipNumber();
    }

    @Override
    int minimumBytes() {
      return 1;
    }
  }

  /** An int that is represented as a long, such as a time of day in milliseconds. */
  private static final class LongOfInt extends ValueReader {
    @Override
    Object read(AvroInput in) {
      return (long) in.readInt();
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      target.setLong(in.readInt());
    }

    @Override
    void skip(AvroInput in) {
      in.skipNumber();
    }

    @Override
    int minimumBytes() {
      return 1;
    }
  }

  private static final class Flt extends ValueReader {
    @Override
    Object read(AvroInput in) {
      return in.readFloat();
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      target.setFloat(in.readFloat());
    }

    @Override
    void skip(AvroInput in) {
      in.take(4, "a float");
    }

    @Override
    int minimumBytes() {
      return 4;
    }
  }

  private static final class Dbl extends ValueReader {
    @Override
    Object read(AvroInput in) {
      return in.readDouble();
    }

    @Override
    void read(AvroInput in, ValueTarget target) {
      target.setDouble(in.readDouble());
    }

    @Override
    void skip(AvroInput in) {
      in.take(8, "a double");
    }

    @Override
    int minimumBytes() {
      return 8;
    }
  }
}
