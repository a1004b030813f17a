package dev.cdcpipeline.sink.postgres;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which column types hold every value of which others, so that a column may be widened. */
final class TypeWidening {
  private static final Pattern TYPE = Pattern.compile("([^(]+?)(?:\\((\\d+)(?:,(-?\\d+))?\\))?");
  private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");
  private static final List<String> FLOATS = List.of("real", "double precision");
  // format_type's names, and what our own types are called
  private static final Map<String, String> SYNONYMS =
      Map.of(
          "timestamp", "timestamp without time zone",
          "timestamptz", "timestamp with time zone",
          "time", "time without time zone",
          "timetz", "time with time zone",
          "bpchar", "character",
          "varbit", "bit varying",
          "\"bit\"", "bit");
  private static final List<String> KNOWN =
      List.of(
          "smallint",
          "integer",
          "bigint",
          "real",
          "double precision",
          "numeric",
          "boolean",
          "bytea",
          "uuid",
          "date",
          "character varying",
          "character",
          "timestamp without time zone",
          "timestamp with time zone",
          "time without time zone",
          "time with time zone",
          "interval",
          "bit",
          "bit varying");

  private record Type(String name, int first, int second) {}

  private TypeWidening() {}

  /** Whether both types are ones whose relation is known here; of others the target decides. */
  static boolean knows(String one, String other) {
    return KNOWN.contains(parse(one).name()) && KNOWN.contains(parse(other).name());
  }

  /** Whether {@code wide} holds every value of {@code narrow}. */
  static boolean holds(String wide, String narrow) {
    Type w = parse(wide);
    Type n = parse(narrow);
    if (w.equals(n) || w.name().equals("text") || w.name().equals("citext")) {
      return true;
    }
    int integer = INTEGERS.indexOf(n.name());
    if (integer >= 0) {
      return INTEGERS.indexOf(w.name()) >= integer || numericHoldsInteger(w, integer);
    }
    return switch (n.name()) {
      case "real", "double precision" -> FLOATS.indexOf(w.name()) >= FLOATS.indexOf(n.name());
      case "numeric" -> w.name().equals("numeric") && numericHolds(w, n);
      case "character varying" -> w.name().equals("character varying") && lengthHolds(w, n);
      case "character" ->
          (w.name().equals("character varying") || w.name().equals("character"))
              && lengthHolds(w, n);
      case "bit" -> w.name().equals("bit varying") && lengthHolds(w, n);
      case "bit varying" -> w.name().equals("bit varying") && lengthHolds(w, n);
      default -> w.name().equals(n.name()) && w.first() < 0;
    };
  }

  private static boolean numericHoldsInteger(Type wide, int integer) {
    int digits = List.of(5, 10, 19).get(integer);
    return wide.name().equals("numeric")
        && (wide.first() < 0 || wide.first() - Math.max(wide.second(), 0) >= digits);
  }

  private static boolean numericHolds(Type wide, Type narrow) {
    if (wide.first() < 0) {
      return true;
    }
    int scale = Math.max(narrow.second(), 0);
    return narrow.first() >= 0
        && Math.max(wide.second(), 0) >= scale
        && wide.first() - Math.max(wide.second(), 0) >= narrow.first() - scale;
  }

  private static boolean lengthHolds(Type wide, Type narrow) {
    return wide.first() < 0 || (narrow.first() >= 0 && wide.first() >= narrow.first());
  }

  private static Type parse(String text) {
    // a precision of a time stands inside its name: timestamp(3) without time zone
    Matcher inner = Pattern.compile("(time|timestamp|interval)\\((\\d+)\\)(.*)").matcher(text);
    if (inner.matches()) {
      String name = inner.group(1) + inner.group(3);
      return new Type(SYNONYMS.getOrDefault(name, name), Integer.parseInt(inner.group(2)), -1);
    }
    Matcher type = TYPE.matcher(text);
    if (!type.matches()) {
      return new Type(text, -1, -1);
    }
    String name = SYNONYMS.getOrDefault(type.group(1), type.group(1));
    int first = type.group(2) == null ? -1 : Integer.parseInt(type.group(2));
    int second = type.group(3) == null ? (first < 0 ? -1 : 0) : Integer.parseInt(type.group(3));
    return new Type(name, first, second);
  }
}
