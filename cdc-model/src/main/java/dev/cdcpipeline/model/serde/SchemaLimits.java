package dev.cdcpipeline.model.serde;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.apache.avro.Schema;

/**
 * How large a writer's schema may be. A record's fields are counted wherever the record is used,
 * because whoever expands a schema meets them there: Avro's own readers do, and so does a value.
 * Forty records that each hold the next one twice are a few kilobytes of text and a million million
 * fields.
 */
final class SchemaLimits {
  /** The widest table has 1,600 columns of three types each, twice in an envelope. */
  static final int MAXIMUM_TYPES = 100_000;

  /** Deeper than any values that {@link AvroInput} reads, with a union around each. */
  static final int MAXIMUM_DEPTH = 200;

  private final Schema schema;
  private final Set<Schema> enclosing = Collections.newSetFromMap(new IdentityHashMap<>());
  private int types;

  private SchemaLimits(Schema schema) {
    this.schema = schema;
  }

  /**
   * Gives the schema back.
   *
   * @throws MalformedException if it has too many types, or they are nested too deep
   */
  static Schema check(Schema schema) {
    new SchemaLimits(schema).visit(schema, 0);
    return schema;
  }

  private void visit(Schema type, int depth) {
    if (++types > MAXIMUM_TYPES) {
      throw refused("has more than " + MAXIMUM_TYPES + " types");
    }
    if (depth > MAXIMUM_DEPTH) {
      throw refused("is nested deeper than " + MAXIMUM_DEPTH + " types");
    }
    switch (type.getType()) {
      case RECORD -> {
        if (enclosing.add(type)) {
          for (Schema.Field field : type.getFields()) {
            visit(field.schema(), depth + 1);
          }
          enclosing.remove(type);
        }
      }
      case ARRAY -> visit(type.getElementType(), depth + 1);
      case MAP -> visit(type.getValueType(), depth + 1);
      case UNION -> {
        for (Schema branch : type.getTypes()) {
          visit(branch, depth + 1);
        }
      }
      case NULL, BOOLEAN, INT, LONG, FLOAT, DOUBLE, STRING, BYTES, FIXED, ENUM -> {}
    }
  }

  private MalformedException refused(String problem) {
    return new MalformedException(
        "its schema "
            + MalformedException.shorten(schema.getFullName())
            + " "
            + problem
            + ", those of a record counted wherever it is used",
        "write the record with a smaller schema");
  }
}
