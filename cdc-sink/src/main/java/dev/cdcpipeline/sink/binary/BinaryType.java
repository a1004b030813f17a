package dev.cdcpipeline.sink.binary;

import dev.cdcpipeline.model.event.ColumnType;
import java.util.Map;

/**
 * The types whose binary form is written here. Every other type of the target is written as {@link
 * #TEXT} and cast, so that it is read by its own input function.
 */
public enum BinaryType {
  BOOL("bool", 16, 1000),
  INT2("int2", 21, 1005),
  INT4("int4", 23, 1007),
  INT8("int8", 20, 1016),
  FLOAT4("float4", 700, 1021),
  FLOAT8("float8", 701, 1022),
  NUMERIC("numeric", 1700, 1231),
  TEXT("text", 25, 1009),
  BYTEA("bytea", 17, 1001),
  DATE("date", 1082, 1182),
  TIME("time", 1083, 1183),
  TIMESTAMP("timestamp", 1114, 1115),
  TIMESTAMPTZ("timestamptz", 1184, 1185),
  UUID("uuid", 2950, 2951),
  JSON("json", 114, 199),
  JSONB("jsonb", 3802, 3807);

  private static final Map<String, BinaryType> BY_NAME =
      Map.ofEntries(
          Map.entry("bool", BOOL),
          Map.entry("int2", INT2),
          Map.entry("int4", INT4),
          Map.entry("int8", INT8),
          Map.entry("float4", FLOAT4),
          Map.entry("float8", FLOAT8),
          Map.entry("numeric", NUMERIC),
          Map.entry("text", TEXT),
          Map.entry("varchar", TEXT),
          Map.entry("bpchar", TEXT),
          Map.entry("bytea", BYTEA),
          Map.entry("date", DATE),
          Map.entry("time", TIME),
          Map.entry("timestamp", TIMESTAMP),
          Map.entry("timestamptz", TIMESTAMPTZ),
          Map.entry("uuid", UUID),
          Map.entry("json", JSON),
          Map.entry("jsonb", JSONB));

  private final String sql;
  private final int oid;
  private final int arrayOid;

  BinaryType(String sql, int oid, int arrayOid) {
    this.sql = sql;
    this.oid = oid;
    this.arrayOid = arrayOid;
  }

  /**
   * The form for values of a column in a target column.
   *
   * @param source how the values are represented
   * @param target {@code typname} of the target's type, of the base type for a domain
   * @return {@link #TEXT} where the two have no binary form in common
   */
  public static BinaryType of(ColumnType source, String target) {
    BinaryType binary = BY_NAME.get(target);
    return binary != null && binary.takes(source) ? binary : TEXT;
  }

  /** Whether the target's type reads this form as its own, so that {@code COPY} needs no cast. */
  public boolean isFormOf(String target) {
    return BY_NAME.get(target) == this;
  }

  private boolean takes(ColumnType source) {
    return switch (this) {
      case BOOL -> source == ColumnType.BOOLEAN;
      case INT2, INT4, INT8, FLOAT8 -> isInteger(source) || takesFloat(source);
      case FLOAT4 -> source == ColumnType.FLOAT32;
      case NUMERIC ->
          source == ColumnType.DECIMAL
              || source == ColumnType.VARIABLE_SCALE_DECIMAL
              || isInteger(source);
      case TEXT -> true;
      case BYTEA -> source == ColumnType.BYTES;
      case DATE -> source == ColumnType.DATE;
      case TIME ->
          source == ColumnType.TIME_MICROS
              || source == ColumnType.TIME_MILLIS
              || source == ColumnType.TIME_NANOS;
      case TIMESTAMP, TIMESTAMPTZ ->
          source == ColumnType.TIMESTAMP_MICROS
              || source == ColumnType.TIMESTAMP_MILLIS
              || source == ColumnType.TIMESTAMP_NANOS;
      case UUID -> source == ColumnType.UUID;
      case JSON, JSONB -> source == ColumnType.JSON || source == ColumnType.STRING;
    };
  }

  private boolean takesFloat(ColumnType source) {
    return this == FLOAT8 && source == ColumnType.FLOAT64;
  }

  private static boolean isInteger(ColumnType source) {
    return source == ColumnType.INT16 || source == ColumnType.INT32 || source == ColumnType.INT64;
  }

  /** The type's name for SQL. */
  public String sql() {
    return sql;
  }

  /** The type's object id, the same in every database. */
  public int oid() {
    return oid;
  }

  /** Object id of the type's arrays. */
  public int arrayOid() {
    return arrayOid;
  }
}
