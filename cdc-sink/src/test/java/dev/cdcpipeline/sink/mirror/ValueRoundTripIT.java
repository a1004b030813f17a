package dev.cdcpipeline.sink.mirror;

import static dev.cdcpipeline.sink.postgres.Changes.all;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.RowType;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.ColumnTypes;
import dev.cdcpipeline.sink.postgres.FatalWriteException;
import dev.cdcpipeline.sink.postgres.RecordWriteException;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values as Debezium represents them, and the text PostgreSQL must show for them. */
class ValueRoundTripIT {

  private record Case(Column column, Object value, String expected) {}

  private static Case of(String type, ColumnType as, Object value, String expected) {
    return new Case(
        new Column("v", as, true, Map.of(ColumnTypes.SOURCE_TYPE, type)), value, expected);
  }

  private static Case array(String type, ColumnType element, List<?> value, String expected) {
    Column of = new Column("e", element, true, Map.of());
    return new Case(
        new Column("v", ColumnType.ARRAY, true, Map.of(ColumnTypes.SOURCE_TYPE, type), of),
        value,
        expected);
  }

  private static Case sized(
      String type, String length, ColumnType as, Object value, String expected) {
    return new Case(
        new Column(
            "v",
            as,
            true,
            Map.of(ColumnTypes.SOURCE_TYPE, type, ColumnTypes.SOURCE_LENGTH, length)),
        value,
        expected);
  }

  private static List<Case> cases() {
    Map<String, String> hstore = new LinkedHashMap<>();
    hstore.put("a\"\\", "1, 2=>3");
    hstore.put("b", null);
    Row point =
        new Row(
            new RowType(
                List.of(
                    new Column("x", ColumnType.FLOAT64, true, Map.of()),
                    new Column("y", ColumnType.FLOAT64, true, Map.of()))),
            new Object[] {1.5, -2.25});
    return List.of(
        of("INT2", ColumnType.INT16, -32768, "-32768"),
        of("INT4", ColumnType.INT32, Integer.MIN_VALUE, "-2147483648"),
        of("SERIAL", ColumnType.INT32, 7, "7"),
        of("INT8", ColumnType.INT64, Long.MIN_VALUE, "-9223372036854775808"),
        of("BIGSERIAL", ColumnType.INT64, 8L, "8"),
        of("OID", ColumnType.INT64, 4_294_967_295L, "4294967295"),
        of("BOOL", ColumnType.BOOLEAN, true, "true"),
        of("FLOAT4", ColumnType.FLOAT32, 0.1f, "0.1"),
        of("FLOAT4", ColumnType.FLOAT32, Float.NaN, "NaN"),
        of("FLOAT8", ColumnType.FLOAT64, Double.MIN_VALUE, "5e-324"),
        of("FLOAT8", ColumnType.FLOAT64, 1.7976931348623157E308, "1.7976931348623157e+308"),
        of("FLOAT8", ColumnType.FLOAT64, Double.NEGATIVE_INFINITY, "-Infinity"),
        of("FLOAT8", ColumnType.FLOAT64, -0.0, "-0"),
        of("NUMERIC", ColumnType.VARIABLE_SCALE_DECIMAL, new BigDecimal("1.500"), "1.500"),
        of("NUMERIC", ColumnType.VARIABLE_SCALE_DECIMAL, new BigDecimal("1E+5"), "100000"),
        of(
            "NUMERIC",
            ColumnType.VARIABLE_SCALE_DECIMAL,
            new BigDecimal("-0.00000000000000000001"),
            "-0.00000000000000000001"),
        of("TEXT", ColumnType.STRING, "\\N \t\n\r\b\f\u000b'\"{},\\. ü\uD83D\uDE00", null),
        of("TEXT", ColumnType.STRING, "", ""),
        of("TEXT", ColumnType.STRING, "NULL", "NULL"),
        of("TEXT", ColumnType.STRING, "\\.", "\\."),
        of("TEXT", ColumnType.STRING, "__debezium_unavailable_value", null),
        sized("BPCHAR", "5", ColumnType.STRING, "ab   ", "ab"),
        sized("VARCHAR", "2147483647", ColumnType.STRING, "x", "x"),
        of("BYTEA", ColumnType.BYTES, new byte[] {0, 1, (byte) 0xff, '\\'}, "\\x0001ff5c"),
        of("BYTEA", ColumnType.BYTES, new byte[0], "\\x"),
        of(
            "UUID",
            ColumnType.UUID,
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        of("JSON", ColumnType.JSON, "{\"b\": 1,  \"a\":\"\\n\"}", null),
        of("JSONB", ColumnType.JSON, "{\"a\": [1, null]}", null),
        of("XML", ColumnType.XML, "<a b=\"c\">d</a>", null),
        of("DATE", ColumnType.DATE, 0, "1970-01-01"),
        of("DATE", ColumnType.DATE, -719_163, "0001-12-31 BC"),
        of("DATE", ColumnType.DATE, 11_016, "2000-02-29"),
        of("DATE", ColumnType.DATE, Integer.MAX_VALUE, "infinity"),
        of("TIME", ColumnType.TIME_MICROS, 86_400_000_000L, "24:00:00"),
        of("TIME", ColumnType.TIME_MICROS, 1L, "00:00:00.000001"),
        of("TIMETZ", ColumnType.ZONED_TIME, "04:05:06.789Z", "04:05:06.789+00"),
        of("TIMESTAMP", ColumnType.TIMESTAMP_MICROS, -1L, "1969-12-31 23:59:59.999999"),
        of(
            "TIMESTAMP",
            ColumnType.TIMESTAMP_MICROS,
            1_768_471_445_123_456L,
            "2026-01-15 10:04:05.123456"),
        of("TIMESTAMP", ColumnType.TIMESTAMP_MICROS, 9223372036825200000L, "infinity"),
        of("TIMESTAMP", ColumnType.TIMESTAMP_MICROS, -9223372036832400000L, "-infinity"),
        of("TIMESTAMP", ColumnType.TIMESTAMP_MILLIS, 9223372036825200L, "infinity"),
        of("TIMESTAMP", ColumnType.TIMESTAMP_MILLIS, -9223372036832400L, "-infinity"),
        of("NUMERIC", ColumnType.STRING, "1.500", "1.500"),
        of("NUMERIC", ColumnType.STRING, "-Infinity", "-Infinity"),
        of("VARBIT", ColumnType.STRING, "0001", "0001"),
        of("_INT4", ColumnType.STRING, "[0:1]={5,NULL}", "[0:1]={5,NULL}"),
        of("_INT4", ColumnType.STRING, "{{1,2},{3,NULL}}", "{{1,2},{3,NULL}}"),
        of(
            "\"PUBLIC\".\"PAIR\"",
            ColumnType.BYTES,
            "(1,\"a b\")".getBytes(StandardCharsets.UTF_8),
            "(1,\"a b\")"),
        of(
            "TIMESTAMP",
            ColumnType.TIMESTAMP_MICROS,
            -210_866_803_200_000_000L,
            "4714-11-24 00:00:00 BC"),
        of(
            "TIMESTAMPTZ",
            ColumnType.ZONED_TIMESTAMP,
            "2026-01-15T10:04:05.123456Z",
            "2026-01-15 10:04:05.123456+00"),
        of("TIMESTAMPTZ", ColumnType.ZONED_TIMESTAMP, "infinity", "infinity"),
        of(
            "TIMESTAMPTZ",
            ColumnType.ZONED_TIMESTAMP,
            "-0043-03-15T12:00:00Z",
            "0044-03-15 12:00:00+00 BC"),
        of(
            "TIMESTAMPTZ",
            ColumnType.ZONED_TIMESTAMP,
            "+12345-01-01T00:00:00Z",
            "12345-01-01 00:00:00+00"),
        of("INTERVAL", ColumnType.INTERVAL, "P1Y-2M3DT4H5M6.789S", "10 mons 3 days 04:05:06.789"),
        of("INET", ColumnType.STRING, "10.0.0.1/8", "10.0.0.1/8"),
        of("CIDR", ColumnType.STRING, "2001:db8::/32", "2001:db8::/32"),
        of("MACADDR", ColumnType.STRING, "08:00:2b:01:02:03", "08:00:2b:01:02:03"),
        of("INT4RANGE", ColumnType.STRING, "[1,5)", "[1,5)"),
        of(
            "TSTZRANGE",
            ColumnType.STRING,
            "[\"2026-01-15 10:04:05+00\",)",
            "[\"2026-01-15 10:04:05+00\",)"),
        sized("BIT", "10", ColumnType.BITS, new byte[] {0b00000101, 0b10}, "1000000101"),
        sized("BIT", "1", ColumnType.BOOLEAN, true, "1"),
        of("POINT", ColumnType.STRUCT, point, "(1.5,-2.25)"),
        sized("NUMERIC", "40", ColumnType.STRING, "1." + "5".repeat(30), null),
        sized("BIT", "70", ColumnType.STRING, "01".repeat(35), null),
        of("HSTORE", ColumnType.MAP, hstore, "\"b\"=>NULL, \"a\\\"\\\\\"=>\"1, 2=>3\""),
        of("MOOD", ColumnType.ENUM, "so, \"so\"", "so, \"so\""),
        of("NO_SUCH_TYPE", ColumnType.ENUM, "fine", "fine"),
        array("_INT4", ColumnType.INT32, Arrays.asList(1, null, -3), "{1,NULL,-3}"),
        array(
            "_TEXT",
            ColumnType.STRING,
            Arrays.asList("a\"\\,{}", "", "NULL", null),
            "{\"a\\\"\\\\,{}\",\"\",\"NULL\",NULL}"),
        array("_TEXT", ColumnType.STRING, List.of(), "{}"),
        array("_DATE", ColumnType.DATE, List.of(0), "{1970-01-01}"),
        array("_BOOL", ColumnType.BOOLEAN, List.of(true, false), "{t,f}"),
        array(
            "_NUMERIC",
            ColumnType.VARIABLE_SCALE_DECIMAL,
            List.of(new BigDecimal("1.50")),
            "{1.50}"),
        array(
            "_TIMESTAMP",
            ColumnType.TIMESTAMP_MICROS,
            List.of(-1L),
            "{\"1969-12-31 23:59:59.999999\"}"),
        array("_BYTEA", ColumnType.BYTES, List.of(new byte[] {1}), "{\"\\\\x01\"}"),
        array("_UUID", ColumnType.UUID, Arrays.asList((Object) null), "{NULL}"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void everyValueArrivesAsItIsAtTheSource(int threshold) throws SQLException {
    try (TargetDatabase database = new TargetDatabase();
        Connection connection = openWithTypes(database)) {
      OffsetLedger ledger = new OffsetLedger(connection, "cdc", "analytics");
      ledger.createObjects();
      ledger.claim(List.of());
      TransactionalWriter writer =
          new TransactionalWriter(
              connection,
              ledger,
              WriterOptions.defaults().withCopyThreshold(threshold).withChunkRows(threshold),
              List.of());
      Column id = Changes.column("id", ColumnType.INT32);
      List<String> failures = new ArrayList<>();
      int number = 0;
      for (Case each : cases()) {
        String table = "t" + ++number;
        Changes changes = Changes.of(table, "id", id, each.column());
        writer.stage(all(changes.create(1, each.value()), changes.create(2, null)));
        writer.commit(List.of(), Optional.empty());
        String expected = (each.expected() == null ? each.value().toString() : each.expected());
        List<String> found =
            database.rows(
                "SET TimeZone = UTC; SELECT v::text FROM mirror." + table + " ORDER BY id");
        if (!found.equals(Arrays.asList(expected, "null"))) {
          failures.add(each.column().parameters() + ": " + expected + " became " + found);
        }
      }
      assertThat(failures).isEmpty();
    }
  }

  private static Connection openWithTypes(TargetDatabase database) throws SQLException {
    database.run(
        "CREATE SCHEMA mirror; CREATE SCHEMA extensions; CREATE EXTENSION hstore SCHEMA extensions;"
            + " CREATE TYPE mirror.mood AS ENUM ('so, \"so\"')");
    return database.open();
  }

  @ParameterizedTest
  @CsvSource({"TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"})
  void refusesATimestampThatIsLaterThanItsUnitCanSay(ColumnType unit) throws SQLException {
    try (TargetDatabase database = new TargetDatabase();
        Connection connection = database.open()) {
      OffsetLedger ledger = new OffsetLedger(connection, "cdc", "analytics");
      ledger.createObjects();
      ledger.claim(List.of());
      TransactionalWriter writer =
          new TransactionalWriter(connection, ledger, WriterOptions.defaults(), List.of());
      Changes changes =
          Changes.of(
              "late",
              "id",
              Changes.column("id", ColumnType.INT32),
              of("TIMESTAMP", unit, 0L, "").column());
      writer.stage(all(changes.create(1, Long.MAX_VALUE)));

      assertThatThrownBy(() -> writer.commit(List.of(), Optional.empty()))
          .isInstanceOf(RecordWriteException.class)
          .hasMessageContaining("late")
          .hasMessageContaining("22008");
    }
  }

  @Test
  void refusesWhatHasNoCounterpart() {
    assertThat(new ColumnTypesTable().refusal())
        .isEqualTo(
            "cannot create column geo of public.places: its type ? has no counterpart at the"
                + " target; create the table by hand with a type that reads its text, or exclude"
                + " the column at the source");
  }

  private static final class ColumnTypesTable {
    String refusal() {
      try {
        new ColumnTypes(null)
            .typeOf("public.places", new Column("geo", ColumnType.STRUCT, true, Map.of()));
        return "none";
      } catch (FatalWriteException e) {
        return e.getMessage();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
