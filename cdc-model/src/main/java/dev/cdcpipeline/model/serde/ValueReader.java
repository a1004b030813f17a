package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.ValueTarget;

/**
 * Reads one value of one writer's schema. A class rather than an interface because the calls are
 * megamorphic and a virtual call is the cheaper one.
 */
abstract class ValueReader {

  /** The value as its {@link dev.cdcpipeline.model.event.ColumnType} represents it. */
  abstract Object read(AvroInput in);

  /** Reads the value into a target: what {@link #read} gives, without the object where it can. */
  void read(AvroInput in, ValueTarget target) {
    target.set(read(in));
  }

  /** Moves past the value without making it. */
  abstract void skip(AvroInput in);

  /** The fewest bytes a value takes; 0 only if some value takes none. */
  abstract int minimumBytes();

  /** Adds numbers of bytes, of which a schema may have more than an int holds. */
  static int sum(int bytes, int more) {
    return (int) Math.min(Integer.MAX_VALUE, (long) bytes + more);
  }
}
