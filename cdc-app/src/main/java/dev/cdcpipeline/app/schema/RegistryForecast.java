package dev.cdcpipeline.app.schema;

import dev.cdcpipeline.model.event.ColumnType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

/**
 * Whether a registry will take the schema of a changed table's events, by Avro's own rules for the
 * schemas that the source connector makes of the columns before and after.
 */
public final class RegistryForecast {
  private final Schema before;
  private final Schema after;
  private final Map<String, String> columns = new TreeMap<>();

  /** Looks at a change. */
  public RegistryForecast(TableChange change) {
    this.before = schema(change.before());
    this.after = schema(change.after());
  }

  /**
   * Why the registry refuses the new schema, a line for each reason; none if it takes it.
   *
   * @param level the subject's compatibility as the registry says it: {@code BACKWARD}, {@code
   *     FULL_TRANSITIVE}, {@code NONE} …
   */
  public List<String> refusals(String level) {
    List<String> lines = new ArrayList<>();
    boolean full = level.startsWith("FULL");
    if (full || level.startsWith("BACKWARD")) {
      lines.addAll(reasons(after, before, "the new schema can't read the old events"));
    }
    if (full || level.startsWith("FORWARD")) {
      lines.addAll(reasons(before, after, "the old schema can't read the new events"));
    }
    return lines;
  }

  private List<String> reasons(Schema reader, Schema writer, String problem) {
    return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
        .getResult()
        .getIncompatibilities()
        .stream()
        .map(found -> column(reader, found) + ": " + reason(found) + " (" + problem + ")")
        .distinct()
        .toList();
  }

  private static String reason(Incompatibility found) {
    return switch (found.getType()) {
      case READER_FIELD_MISSING_DEFAULT_VALUE -> "new, NOT NULL and without a default";
      case MISSING_UNION_BRANCH, TYPE_MISMATCH ->
          found.getWriterFragment().getType() == Schema.Type.NULL
              ? "may have been NULL, and may not be any more"
              : "its values are written otherwise";
      case NAME_MISMATCH, FIXED_SIZE_MISMATCH, MISSING_ENUM_SYMBOLS -> found.getMessage();
    };
  }

  private String column(Schema record, Incompatibility found) {
    String[] path = found.getLocation().split("/");
    int place = path.length > 2 && path[1].equals("fields") ? Integer.parseInt(path[2]) : -1;
    String field = place < 0 ? found.getMessage() : record.getFields().get(place).name();
    return columns.getOrDefault(field, field);
  }

  private Schema schema(List<SourceColumn> all) {
    List<Schema.Field> fields = new ArrayList<>();
    for (SourceColumn column : all) {
      String name = avroName(column.name());
      columns.put(name, column.name());
      Schema type = type(column);
      if (column.key() > 0) {
        fields.add(new Schema.Field(name, type));
      } else {
        fields.add(
            new Schema.Field(
                name,
                Schema.createUnion(Schema.create(Schema.Type.NULL), type),
                null,
                Schema.Field.NULL_DEFAULT_VALUE));
      }
    }
    return Schema.createRecord("Value", null, null, false, fields);
  }

  // one name for each column, whatever signs it has
  private static String avroName(String column) {
    StringBuilder name = new StringBuilder();
    column
        .codePoints()
        .forEach(
            c -> {
              boolean plain = c < 128 && (Character.isLetterOrDigit(c) || c == '_');
              if (plain && !(name.length() == 0 && Character.isDigit(c))) {
                name.appendCodePoint(c);
              } else {
                name.append("_x").append(Integer.toHexString(c)).append('_');
              }
            });
    return name.toString();
  }

  private static Schema type(SourceColumn column) {
    ColumnType type = column.represented();
    return switch (type) {
      case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
      case INT16, INT32, DATE, TIME_MILLIS -> Schema.create(Schema.Type.INT);
      case INT64,
          TIME_MICROS,
          TIME_NANOS,
          TIMESTAMP_MILLIS,
          TIMESTAMP_MICROS,
          TIMESTAMP_NANOS,
          DURATION_MICROS ->
          Schema.create(Schema.Type.LONG);
      case FLOAT32 -> Schema.create(Schema.Type.FLOAT);
      case FLOAT64 -> Schema.create(Schema.Type.DOUBLE);
      case STRING, ZONED_TIMESTAMP, ZONED_TIME, INTERVAL, JSON, UUID, XML, ENUM ->
          Schema.create(Schema.Type.STRING);
      // Avro's rules do not look at a decimal's precision and scale
      case BYTES, BITS, DECIMAL -> Schema.create(Schema.Type.BYTES);
      case VARIABLE_SCALE_DECIMAL ->
          SchemaBuilder.record("VariableScaleDecimal")
              .fields()
              .requiredInt("scale")
              .requiredBytes("value")
              .endRecord();
      case ARRAY ->
          Schema.createArray(
              Schema.createUnion(
                  Schema.create(Schema.Type.NULL), Schema.create(Schema.Type.STRING)));
      case MAP -> Schema.createMap(Schema.create(Schema.Type.STRING));
      case STRUCT -> Schema.create(Schema.Type.BYTES);
    };
  }
}
