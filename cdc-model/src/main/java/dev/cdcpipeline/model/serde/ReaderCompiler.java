package dev.cdcpipeline.model.serde;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.RowType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.UUID;
import org.apache.avro.Schema;

/** Turns one writer's schema into readers. For one schema; not thread-safe. */
final class ReaderCompiler {
  private final String placeholder;
  private final List<String> textPlaceholders;
  private final List<String> jsonPlaceholders;
  private final List<String> uuidPlaceholders;
  private final IdentityHashMap<Schema, RowReader> records = new IdentityHashMap<>();

  private ReaderCompiler() {
    placeholder = null;
    textPlaceholders = List.of();
    jsonPlaceholders = List.of();
    uuidPlaceholders = List.of();
  }

  /** One whose readers take every value for what it is. */
  static ReaderCompiler withoutPlaceholders() {
    return new ReaderCompiler();
  }

  ReaderCompiler(DecoderOptions options) {
    placeholder = options.unavailableValuePlaceholder();
    textPlaceholders = List.of(placeholder);
    // hstore as JSON, and elements of uuid[]: what Debezium's UnchangedToastedPlaceholder makes of
    // the placeholder
    jsonPlaceholders = List.of(placeholder, "{\"" + placeholder + "\":\"" + placeholder + "\"}");
    uuidPlaceholders =
        List.of(
            placeholder,
            UUID.nameUUIDFromBytes(placeholder.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .toString());
  }

  /**
   * A reader of a whole key or value. Confluent's format has top-level bytes, and decimals in
   * bytes, without the length that Avro writes before them anywhere else.
   */
  ValueReader bare(Schema schema) {
    return schema.getType() == Schema.Type.BYTES ? bytes(schema, true) : value(schema);
  }

  /** A reader of values within a record, or of a type whose place makes no difference. */
  ValueReader value(Schema schema) {
    return switch (schema.getType()) {
      case NULL -> ScalarReaders.NULL;
      case BOOLEAN -> ScalarReaders.BOOLEAN;
      case INT ->
          ColumnTypes.typeOf(schema) == ColumnType.TIME_MILLIS
              ? ScalarReaders.LONG_OF_INT
              : ScalarReaders.INT;
      case LONG -> ScalarReaders.LONG;
      case FLOAT -> ScalarReaders.FLOAT;
      case DOUBLE -> ScalarReaders.DOUBLE;
      case STRING -> text(schema);
      case BYTES -> bytes(schema, false);
      case FIXED ->
          ColumnTypes.typeOf(schema) == ColumnType.DECIMAL
              ? new BytesReaders.FixedDecimal(schema.getFixedSize(), ColumnTypes.scale(schema))
              : new BytesReaders.Fixed(schema.getFixedSize());
      case ENUM -> new BytesReaders.Label(schema.getEnumSymbols());
      case ARRAY -> new NestedReaders.Array(value(schema.getElementType()), placeholder);
      case MAP -> new NestedReaders.MapReader(value(schema.getValueType()), placeholder);
      case RECORD -> record(schema);
      case UNION -> union(schema);
    };
  }

  private ValueReader bytes(Schema schema, boolean bare) {
    return ColumnTypes.typeOf(schema) == ColumnType.DECIMAL
        ? new BytesReaders.Decimal(ColumnTypes.scale(schema), bare)
        : new BytesReaders.Binary(placeholder, bare);
  }

  private ValueReader text(Schema schema) {
    ColumnType type = ColumnTypes.typeOf(schema);
    return new BytesReaders.Text(
        type == ColumnType.JSON
            ? jsonPlaceholders
            : type == ColumnType.UUID ? uuidPlaceholders : textPlaceholders);
  }

  private ValueReader record(Schema schema) {
    return ColumnTypes.typeOf(schema) == ColumnType.VARIABLE_SCALE_DECIMAL
        ? new NestedReaders.VariableScaleDecimal(schema.getField("scale").pos() == 0)
        : row(schema);
  }

  /** A reader of a record into a generic row. */
  RowReader row(Schema schema) {
    RowReader known = records.get(schema);
    if (known != null) {
      return known;
    }
    RowReader reader = new RowReader(schema);
    records.put(schema, reader);
    String said = ColumnTypes.parameters(schema).get(RowType.UNAVAILABLE_VALUE);
    ReaderCompiler compiler =
        said == null || placeholder == null
            ? this
            : new ReaderCompiler(DecoderOptions.defaults().withPlaceholder(said));
    List<ValueReader> fields = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      fields.add(compiler.value(field.schema()));
    }
    reader.complete(fields);
    return reader;
  }

  private ValueReader union(Schema schema) {
    List<Schema> branches = schema.getTypes();
    int nullBranch = ColumnTypes.nullBranch(schema);
    if (branches.size() == 2 && nullBranch >= 0) {
      return new NestedReaders.Optional(value(branches.get(1 - nullBranch)), nullBranch);
    }
    List<ValueReader> readers = new ArrayList<>();
    for (Schema branch : branches) {
      readers.add(value(branch));
    }
    return new NestedReaders.Union(readers);
  }
}
