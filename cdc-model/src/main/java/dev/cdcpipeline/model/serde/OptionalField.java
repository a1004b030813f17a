package dev.cdcpipeline.model.serde;

import java.util.EnumSet;
import org.apache.avro.Schema;

/**
 * One field of a record that we read ourselves rather than as a column: its type, and where its
 * union has null.
 */
final class OptionalField {
  private static final int REQUIRED = -1;

  private final Schema value;
  private final int nullBranch;

  private OptionalField(Schema value, int nullBranch) {
    this.value = value;
    this.nullBranch = nullBranch;
  }

  /**
   * Describes a field.
   *
   * @throws MalformedException if its type, apart from null, is none of those expected
   */
  static OptionalField of(Schema.Field field, Schema.Type first, Schema.Type... more) {
    EnumSet<Schema.Type> expected = EnumSet.of(first, more);
    Schema value = ColumnTypes.withoutNull(field.schema());
    if (!expected.contains(value.getType())) {
      throw new MalformedException(
              "its type is " + value.getType() + ", expected " + expected,
              "check the Debezium version")
          .in(field.name());
    }
    boolean union = field.schema().getType() == Schema.Type.UNION;
    return new OptionalField(value, union ? ColumnTypes.nullBranch(field.schema()) : REQUIRED);
  }

  /** The type without null. */
  Schema value() {
    return value;
  }

  /** Reads whether a value follows. */
  boolean isPresent(AvroInput in) {
    return nullBranch == REQUIRED || NestedReaders.Optional.isPresent(in, nullBranch);
  }

  /** Reads a number, or says what it is when there is none. */
  long readLong(AvroInput in, long absent) {
    return isPresent(in) ? in.readLong() : absent;
  }
}
