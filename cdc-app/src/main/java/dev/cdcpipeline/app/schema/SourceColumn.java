package dev.cdcpipeline.app.schema;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One column of a source table, as the catalogue has it.
 *
 * @param number its number in the table, which a rename leaves
 * @param type as {@code format_type} writes it
 * @param base {@code typname} of its type, of the base type for a domain
 * @param category {@code typcategory}, which is {@code E} for an enum and {@code A} for an array
 * @param modifier {@code atttypmod}, -1 for none
 * @param preset the default as the catalogue writes it, its domain's if it has none; null for none
 *     and for a generated column
 * @param missing the value that rows have which are older than the column, as the catalogue keeps
 *     it; null if it keeps none
 * @param generation how the value is made: {@code s} stored, {@code a} or {@code d} identity, empty
 *     for none
 * @param key place in the primary key from 1, 0 if it is none of it
 */
record SourceColumn(
    int number,
    String name,
    String type,
    String base,
    String category,
    int modifier,
    boolean notNull,
    String preset,
    String missing,
    String generation,
    int key) {

  // pg_get_expr would lock a table that is named to it, for the columns that an expression has: no
  // default has any, and what a generated column is made of is not asked for
  private static final String COLUMNS =
      """
      SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
             b.typname, b.typcategory, a.atttypmod, a.attnotnull,
             CASE WHEN a.attgenerated = ''
               THEN coalesce(pg_get_expr(d.adbin, 0), CASE a.attidentity WHEN '' THEN t.typdefault END) END,
             CASE t.typdelim
               WHEN ',' THEN (a.attmissingval::text::text[])[1]
               ELSE btrim(a.attmissingval::text, '{}') END,
             a.attgenerated::text || a.attidentity::text,
             coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
      FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
      WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum\
      """;

  private static final Map<String, ColumnType> TYPES = new HashMap<>();

  static {
    TYPES.put("bool", ColumnType.BOOLEAN);
    TYPES.put("int2", ColumnType.INT16);
    TYPES.put("int4", ColumnType.INT32);
    TYPES.put("int8", ColumnType.INT64);
    TYPES.put("oid", ColumnType.INT64);
    TYPES.put("float4", ColumnType.FLOAT32);
    TYPES.put("float8", ColumnType.FLOAT64);
    TYPES.put("date", ColumnType.DATE);
    TYPES.put("time", ColumnType.TIME_MICROS);
    TYPES.put("timestamp", ColumnType.TIMESTAMP_MICROS);
    TYPES.put("timestamptz", ColumnType.ZONED_TIMESTAMP);
    TYPES.put("timetz", ColumnType.ZONED_TIME);
    TYPES.put("interval", ColumnType.INTERVAL);
    TYPES.put("uuid", ColumnType.UUID);
    TYPES.put("json", ColumnType.JSON);
    TYPES.put("jsonb", ColumnType.JSON);
    TYPES.put("hstore", ColumnType.JSON);
    TYPES.put("xml", ColumnType.XML);
    TYPES.put("bytea", ColumnType.BYTES);
    TYPES.put("bit", ColumnType.BITS);
    TYPES.put("varbit", ColumnType.BITS);
    for (String text : List.of("text", "varchar", "bpchar", "citext", "name", "inet", "cidr")) {
      TYPES.put(text, ColumnType.STRING);
    }
  }

  /** The columns of a table, whose name is ready for SQL, in their order. */
  static List<SourceColumn> read(Connection source, String table) throws SQLException {
    return Query.of(COLUMNS, table)
        .list(
            source,
            row ->
                new SourceColumn(
                    row.getInt(1),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getString(5),
                    row.getInt(6),
                    row.getBoolean(7),
                    row.getString(8),
                    row.getString(9),
                    row.getString(10),
                    row.getInt(11)));
  }

  /** How change events represent the column. */
  ColumnType represented() {
    if (base.equals("numeric")) {
      return modifier < 0 ? ColumnType.VARIABLE_SCALE_DECIMAL : ColumnType.DECIMAL;
    }
    if (base.equals("bit") && modifier == 1) {
      return ColumnType.BOOLEAN;
    }
    return switch (category) {
      case "E" -> ColumnType.ENUM;
      case "A" -> ColumnType.ARRAY;
      case "R" -> ColumnType.STRING;
      default -> TYPES.getOrDefault(base, ColumnType.BYTES);
    };
  }

  /** The column as a change event will describe it. */
  Column described() {
    Map<String, String> parameters = new HashMap<>();
    parameters.put("__debezium.source.column.type", base.toUpperCase(Locale.ROOT));
    if (base.equals("numeric") && modifier >= 0) {
      parameters.put("__debezium.source.column.length", String.valueOf(precision()));
      parameters.put("__debezium.source.column.scale", String.valueOf(scale()));
      parameters.put("scale", String.valueOf(scale()));
    } else if (List.of("varchar", "bpchar").contains(base) && modifier >= 4) {
      parameters.put("__debezium.source.column.length", String.valueOf(modifier - 4));
    } else if (List.of("bit", "varbit").contains(base) && modifier > 0) {
      parameters.put("__debezium.source.column.length", String.valueOf(modifier));
    }
    if (notNull) {
      parameters.put(Column.NOT_NULL, "true");
    }
    if (missing != null) {
      parameters.put(Column.MISSING_VALUE, missing);
    }
    Column element =
        represented() == ColumnType.ARRAY
            ? new Column("element", ColumnType.STRING, true, Map.of())
            : null;
    return new Column(name, represented(), key == 0, Map.copyOf(parameters), element);
  }

  int precision() {
    return (modifier - 4 >> 16) & 0xffff;
  }

  /** Eleven bits with a sign. */
  int scale() {
    return ((modifier - 4 & 0x7ff) ^ 1024) - 1024;
  }

  /** The column's definition, to make it again; a generated one as one of its type. */
  String definition() {
    String quoted = SqlIdentifiers.quote(name);
    String made =
        switch (generation) {
          case "" -> preset == null ? "" : " DEFAULT " + preset;
          case "s", "v" -> "";
          case "a" -> " GENERATED ALWAYS AS IDENTITY";
          case "d" -> " GENERATED BY DEFAULT AS IDENTITY";
          default ->
              throw new IllegalArgumentException(
                  "column " + name + " is generated in a way that is not handled: " + generation);
        };
    return quoted + " " + type + made + (notNull ? " NOT NULL" : "");
  }

  /** What a person is told of it. */
  String describe() {
    String made = preset == null ? "" : ", default " + preset;
    return type + (notNull ? " NOT NULL" : "") + made;
  }
}
