package dev.cdcpipeline.it.ksqldb;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * As much of a column's type as names need: whether it has fields, and which.
 *
 * @param fields in the schema's order, by their names in capitals; null for a value without fields
 */
record KsqlType(Map<String, KsqlType> fields) {
  static final KsqlType VALUE = new KsqlType(null);

  /** What ksqlDB infers from an Avro schema. */
  static KsqlType of(Schema schema) {
    return switch (schema.getType()) {
      case RECORD -> {
        Map<String, KsqlType> fields = new LinkedHashMap<>();
        schema
            .getFields()
            .forEach(
                field -> fields.put(field.name().toUpperCase(Locale.ROOT), of(field.schema())));
        yield new KsqlType(fields);
      }
      case UNION ->
          schema.getTypes().stream()
              .filter(branch -> branch.getType() != Schema.Type.NULL)
              .findFirst()
              .map(KsqlType::of)
              .orElse(VALUE);
      case ARRAY, MAP, ENUM, FIXED, STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL -> VALUE;
    };
  }

  boolean isStruct() {
    return fields != null;
  }
}
