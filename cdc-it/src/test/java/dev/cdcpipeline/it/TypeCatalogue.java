package dev.cdcpipeline.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Every type that is claimed to be carried, with its difficult values. */
final class TypeCatalogue {
  /** What the source needs before the table can be made. */
  static final List<String> OBJECTS =
      List.of(
          "CREATE EXTENSION hstore",
          "CREATE EXTENSION citext",
          "CREATE TYPE fidelity.mood AS ENUM ('so, \"so\"', 'ok', '''')",
          "CREATE DOMAIN fidelity.positive AS int CHECK (VALUE > 0)",
          "CREATE DOMAIN fidelity.even AS fidelity.positive CHECK (VALUE % 2 = 0)",
          "CREATE DOMAIN fidelity.feeling AS fidelity.mood CHECK (VALUE <> 'ok')",
          "CREATE TYPE fidelity.empty AS ENUM ()",
          "CREATE DOMAIN fidelity.essay AS text CHECK (length(VALUE) > 0)",
          "CREATE DOMAIN fidelity.code AS varchar(3)",
          "CREATE DOMAIN fidelity.numbers AS int[]",
          "CREATE TYPE fidelity.pair AS (a int, b text)");

  private static final String INFINITE = "infinity";

  private final List<TypeCase> cases = new ArrayList<>();

  private TypeCatalogue() {
    numbers();
    texts();
    times();
    networkAndBits();
    ranges();
    namedTypes();
    arrays();
    changed();
  }

  static List<TypeCase> all() {
    return List.copyOf(new TypeCatalogue().cases);
  }

  private void exact(String type, Function<Random, String> random, String... edges) {
    add(type, random, "", edges);
  }

  private void add(String type, Function<Random, String> random, String advice, String... edges) {
    cases.add(new TypeCase("c" + cases.size(), type, List.of(edges), random, advice));
  }

  private void numbers() {
    exact("smallint", RandomText.integer(16), "-32768", "32767");
    exact("integer", RandomText.integer(32), "-2147483648", "2147483647");
    exact("bigint", RandomText.integer(64), "-9223372036854775808", "9223372036854775807");
    exact("oid", random -> Integer.toString(random.nextInt(1 << 30)), "0", "4294967295");
    exact("numeric(20,5)", RandomText.decimal(14, 5), "12345.67890", "-0.00001", "0");
    exact("numeric(5,-2)", RandomText.integer(16), "12300", "-100");
    exact("numeric(3,6)", RandomText.oneOf("0.000123", "-0.000999"), "0.000001");
    exact(
        "numeric",
        RandomText::numeric,
        "NaN",
        "Infinity",
        "-Infinity",
        "1.500",
        "0.00",
        "-0.00000000000000000001",
        "1" + "0".repeat(300));
    exact("real", RandomText::real, "NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38");
    exact("double precision", RandomText::doublePrecision, "NaN", "Infinity", "-0", "5e-324");
    exact("money", RandomText.decimal(12, 2), "12.34", "-92233720368547758.08");
    exact("boolean", RandomText.oneOf("true", "false"), "true", "false");
  }

  private void texts() {
    exact("char(5)", RandomText.text(5), "ab", "", "  c");
    exact("varchar(20)", RandomText.text(20), "", " x ");
    exact("varchar", RandomText.text(50), "");
    exact("text", RandomText.text(200), "", "NULL", "\\N", "\\.", "\uD83D\uDE00", "\b\f\u000b\r\n");
    exact("name", RandomText.text(12), "abc");
    exact("citext", RandomText.text(20), "AbC");
    exact("bytea", RandomText::bytes, "\\x", "\\x00ff5c27");
    exact("uuid", RandomText::uuid);
    exact("json", RandomText::json, "{\"b\": 1,  \"a\":\"\\n\"}", "null", "[1, 2.50]", "\"\"");
    exact("jsonb", RandomText::json, "{\"b\": 1,  \"a\":\"\\n\"}", "null", "1e400");
    exact("xml", RandomText.oneOf("<a/>", "<a b=\"c\">d</a>"), "x &lt; y", "<a>\u00fc</a>");
    exact("tsvector", RandomText.oneOf("a:1 b:2", "x"), "a:1A b:2");
    exact("tsquery", RandomText.oneOf("a & b", "!x"), "a <-> b");
  }

  private void times() {
    exact(
        "date",
        RandomText::date,
        INFINITE,
        "-infinity",
        "0044-03-15 BC",
        "4713-01-01 BC",
        "5874897-12-31",
        "1582-10-04",
        "1582-10-05",
        "1582-10-10",
        "1582-10-14",
        "1582-10-15",
        "1500-02-28",
        "1500-03-01",
        "0001-01-01",
        "0001-12-31 BC");
    exact("time", RandomText::time, "24:00", "00:00", "04:05:06.789123");
    exact("time(3)", RandomText::time, "24:00", "04:05:06.789");
    exact(
        "timestamp",
        RandomText::timestamp,
        INFINITE,
        "-infinity",
        "2026-01-15 10:04:05.123456",
        "0044-03-15 12:00 BC",
        "4714-11-24 00:00:00 BC",
        "1582-10-05 00:00:00.000001",
        "1582-10-10 12:00",
        "1582-10-14 23:59:59.999999",
        "1500-03-01 00:00",
        "0001-12-31 23:59 BC",
        "1969-12-31 23:59:59.999999");
    exact("timestamp(3)", RandomText::timestamp, INFINITE, "-infinity", "0044-03-15 12:00 BC");
    exact("timestamp(0)", RandomText::timestamp, INFINITE, "2026-01-15 10:04:05");
    exact(
        "timestamptz",
        RandomText::timestamp,
        INFINITE,
        "-infinity",
        "2026-01-15 10:04:05.123456+02",
        "0044-03-15 12:00 BC",
        "4714-11-24 00:00:00+00 BC",
        "1582-10-10 12:00:00+00",
        "1500-03-01 00:00:00+00",
        "0001-12-31 23:59:00+00 BC",
        "294276-12-31 23:59:59.999999+00");
    exact("timestamptz(3)", RandomText::timestamp, "2026-01-15 10:04:05.123+02");
    exact(
        "interval",
        RandomText::interval,
        "1 year -2 mons 3 days 04:05:06.789123",
        "-00:00:00.000001",
        "178000000 years",
        "0");
    exact("interval year to month", RandomText.oneOf("1 year 2 mons", "-5 mons"), "1 year");
  }

  private void networkAndBits() {
    exact("inet", RandomText::inet, "10.0.0.1", "::1", "2001:db8::1/64");
    exact("cidr", RandomText.oneOf("10.0.0.0/8", "192.168.1.0/24"), "2001:db8::/32");
    exact("macaddr", RandomText::macaddr);
    exact("macaddr8", random -> RandomText.macaddr(random) + ":01:02");
    exact("bit(1)", RandomText.bits(1, 1), "0", "1");
    exact("bit(10)", RandomText.bits(10, 10), "0000000001", "1000000000");
    exact("varbit", RandomText.bits(0, 80), "", "0", "00000000", "0000000000000000000000001");
    exact("varbit(12)", RandomText.bits(0, 12), "", "000000000000");
  }

  private void ranges() {
    exact("int4range", RandomText::range, "empty", "(,)", "[1,5)");
    exact("int8range", RandomText::range, "empty", "(,7)");
    exact("numrange", RandomText::range, "[1.50,2.5]", "empty");
    exact(
        "daterange",
        RandomText.oneOf("[2020-01-01,2020-02-01)"),
        "[1582-10-05,1582-10-14)",
        "(,infinity)",
        "empty");
    exact(
        "tsrange",
        RandomText.oneOf("[2020-01-01 00:00:00.000001,)"),
        "[1582-10-10 00:00,)",
        "(,infinity]");
    exact("tstzrange", RandomText.oneOf("[2020-01-01 00:00:00+00,2021-01-01 00:00+00)"), "empty");
    exact("int4multirange", RandomText.oneOf("{[1,5),[7,9)}"), "{}");
  }

  private void namedTypes() {
    exact("fidelity.mood", RandomText.oneOf("ok", "'"), "so, \"so\"");
    exact("fidelity.feeling", RandomText.oneOf("'"), "so, \"so\"");
    exact("fidelity.empty", random -> null);
    exact("fidelity.positive", RandomText.oneOf("5", "77"), "2147483647");
    exact("fidelity.even", RandomText.oneOf("6", "78"), "2");
    exact("fidelity.code", RandomText.oneOf("a", "\"'\\"), "");
    exact("fidelity.numbers", RandomText.array(RandomText.integer(32)), "{{1,2},{3,NULL}}");
    exact("fidelity.pair", RandomText.oneOf("(1,\"a b\")"), "(,)", "(,\"\")");
    exact(
        "hstore",
        RandomText.oneOf("a=>1", "x=>y, z=>NULL"),
        "",
        "a=>1, \"b c\"=>NULL, \"q\\\"x\"=>\"1, 2=>3\"");
    exact("point", RandomText.oneOf("(1.5,-2.25)", "(0.1,1e300)"), "(-0,5e-324)");
    exact("line", RandomText.oneOf("{1,2,3}"), "{1,-1,0.1}");
    exact("lseg", RandomText.oneOf("[(1,2),(3,4)]"));
    exact("box", RandomText.oneOf("(3,4),(1,2)"));
    exact("path", RandomText.oneOf("[(1,2),(3,4)]"), "((1,2),(3,4.5))");
    exact("polygon", RandomText.oneOf("((1,2),(3,4),(5,6))"));
    exact("circle", RandomText.oneOf("<(1,2),3>"));
    exact("int2vector", RandomText.oneOf("1 2 3", "-7"), "");
    exact("oidvector", RandomText.oneOf("1 2 4294967295"), "");
    exact("pg_lsn", RandomText.oneOf("16/B374D848"), "0/0");
  }

  private void arrays() {
    exact("int[]", RandomText.array(RandomText.integer(32)), "{}", "{NULL}", "[0:1]={5,6}");
    exact("int[][]", RandomText.array(RandomText.integer(32)), "{{1,2},{3,NULL}}", "{{{1}}}");
    exact("bigint[]", RandomText.array(RandomText.integer(64)), "{9223372036854775807}");
    exact("text[]", RandomText.array(RandomText.text(20)), "{a,NULL,\"NULL\",\"\",\" x \"}");
    exact("varchar(10)[]", RandomText.array(RandomText.text(10)), "{a,NULL}");
    exact("char(3)[]", RandomText.array(RandomText.text(3)), "{a,NULL}");
    exact("numeric(10,2)[]", RandomText.array(RandomText.decimal(7, 2)), "{1.50,NULL,NaN}");
    exact("numeric[]", RandomText.array(RandomText::numeric), "{1.500,NULL,Infinity}");
    exact("boolean[]", RandomText.array(RandomText.oneOf("t", "f")), "{t,f,NULL}");
    exact("real[]", RandomText.array(RandomText::real), "{NaN,-0}");
    exact("double precision[]", RandomText.array(RandomText::doublePrecision), "{Infinity}");
    exact("bytea[]", RandomText.array(RandomText::bytes), "{\"\\\\x01ff\",NULL,\"\\\\x\"}");
    exact("uuid[]", RandomText.array(RandomText::uuid));
    exact("json[]", RandomText.array(RandomText::json));
    exact("jsonb[]", RandomText.array(RandomText::json));
    exact("date[]", RandomText.array(RandomText::date), "{infinity,1582-10-10,\"0044-03-15 BC\"}");
    exact("time[]", RandomText.array(RandomText::time), "{24:00,NULL}");
    exact("timetz[]", RandomText.oneOf("{04:05:06.789123+02,NULL}"));
    exact(
        "timestamp[]",
        RandomText.array(RandomText::timestamp),
        "{infinity,NULL}",
        "{\"1582-10-10 12:00\",\"0044-03-15 12:00 BC\"}");
    exact("timestamptz[]", RandomText.array(RandomText::timestamp), "{-infinity,NULL}");
    exact("interval[]", RandomText.array(RandomText::interval), "{infinity,NULL}");
    exact("inet[]", RandomText.array(RandomText::inet));
    exact("macaddr[]", RandomText.array(RandomText::macaddr));
    exact("bit(3)[]", RandomText.array(RandomText.bits(3, 3)), "{001,NULL}");
    exact("varbit[]", RandomText.array(RandomText.bits(0, 9)), "{\"\",NULL,0001}");
    exact("int4range[]", RandomText.array(RandomText::range), "{empty,NULL}");
    exact("xml[]", RandomText.oneOf("{<a/>,NULL}"));
    exact("money[]", RandomText.oneOf("{12.34,NULL}"));
    exact("point[]", RandomText.oneOf("{\"(1,2)\",NULL}"));
    exact("hstore[]", RandomText.oneOf("{a=>1,NULL}"));
    exact("citext[]", RandomText.oneOf("{aB,NULL}"));
    exact("fidelity.mood[]", RandomText.oneOf("{ok,NULL}"), "{\"so, \\\"so\\\"\"}");
    exact("fidelity.feeling[]", RandomText.oneOf("{',NULL}"), "{\"so, \\\"so\\\"\"}");
    exact("fidelity.positive[]", RandomText.oneOf("{5,NULL}"));
    exact("fidelity.pair[]", RandomText.oneOf("{\"(1,a)\",NULL}"));
  }

  /** What Debezium itself changes before any converter sees it. */
  private void changed() {
    add(
        "timetz",
        RandomText.oneOf("04:05:06.789123+02"),
        "none: the same instant, but at offset 0; use `timestamptz` or `time`",
        "04:05:06.789123+02",
        "00:00+05:30");
    add(
        "interval",
        RandomText.oneOf("infinity"),
        "none: an infinite interval (PostgreSQL 17) becomes 0; a CHECK at the source can exclude"
            + " it",
        "infinity",
        "-infinity");
  }
}
