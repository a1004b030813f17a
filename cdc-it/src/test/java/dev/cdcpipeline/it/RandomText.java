package dev.cdcpipeline.it;

import java.math.BigInteger;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;

/** Random values in the text form that PostgreSQL reads. */
final class RandomText {
  private static final String CHARACTERS = "abcXYZ 019,;:{}[]()\"'\\/%_\t\n\r\u00fc\u20ac\u4e2d";
  private static final long MICROS_OF_A_DAY = 86_400_000_000L;

  private RandomText() {}

  static Function<Random, String> integer(int bits) {
    return random -> new BigInteger(bits, random).subtract(BigInteger.TWO.pow(bits - 1)).toString();
  }

  static Function<Random, String> decimal(int precision, int scale) {
    return random -> {
      int digits = 1 + random.nextInt(precision);
      BigInteger unscaled = new BigInteger(digits * 3, random);
      String sign = random.nextBoolean() ? "-" : "";
      return sign + new java.math.BigDecimal(unscaled, scale).toPlainString();
    };
  }

  /** Any number of zeros behind the point. */
  static String numeric(Random random) {
    return decimal(60, random.nextInt(40)).apply(random);
  }

  static String real(Random random) {
    return Float.toString(Float.intBitsToFloat(random.nextInt()));
  }

  static String doublePrecision(Random random) {
    return Double.toString(Double.longBitsToDouble(random.nextLong()));
  }

  static Function<Random, String> text(int length) {
    return random -> {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(length + 1); i > 0; i--) {
        text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
      }
      return text.toString();
    };
  }

  static String bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(40)];
    random.nextBytes(bytes);
    return "\\x" + java.util.HexFormat.of().formatHex(bytes);
  }

  static String uuid(Random random) {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  static String json(Random random) {
    return "{\"n\":  %s, \"a\": [null, true, \"%s\"]}"
        .formatted(decimal(20, 5).apply(random), Integer.toHexString(random.nextInt()));
  }

  /** From 4713 BC to far in the future. */
  static String date(Random random) {
    return day(LocalDate.of(-4712, 1, 1).plusDays(random.nextInt(4_000_000)));
  }

  private static String day(LocalDate date) {
    int year = date.getYear();
    return "%04d-%02d-%02d%s"
        .formatted(
            year > 0 ? year : 1 - year,
            date.getMonthValue(),
            date.getDayOfMonth(),
            year > 0 ? "" : " BC");
  }

  static String time(Random random) {
    long micros = Math.floorMod(random.nextLong(), MICROS_OF_A_DAY);
    return "%02d:%02d:%02d.%06d"
        .formatted(
            micros / 3_600_000_000L,
            micros / 60_000_000 % 60,
            micros / 1_000_000 % 60,
            micros % 1_000_000);
  }

  static String timestamp(Random random) {
    String day = date(random);
    boolean beforeChrist = day.endsWith(" BC");
    String date = beforeChrist ? day.substring(0, day.length() - 3) : day;
    return date + " " + time(random) + (beforeChrist ? " BC" : "");
  }

  static String interval(Random random) {
    return "%d mons %d days %d microseconds"
        .formatted(
            random.nextInt(4_000) - 2_000,
            random.nextInt(4_000) - 2_000,
            random.nextLong() % (400 * MICROS_OF_A_DAY));
  }

  static String inet(Random random) {
    return "%d.%d.%d.%d/%d"
        .formatted(
            random.nextInt(256),
            random.nextInt(256),
            random.nextInt(256),
            random.nextInt(256),
            random.nextInt(33));
  }

  static String macaddr(Random random) {
    return "%02x:%02x:%02x:%02x:%02x:%02x"
        .formatted(
            random.nextInt(256),
            random.nextInt(256),
            random.nextInt(256),
            random.nextInt(256),
            random.nextInt(256),
            random.nextInt(256));
  }

  static Function<Random, String> bits(int minimum, int maximum) {
    return random -> {
      StringBuilder bits = new StringBuilder();
      for (int i = minimum + random.nextInt(maximum - minimum + 1); i > 0; i--) {
        bits.append(random.nextInt(2));
      }
      return bits.toString();
    };
  }

  /** A range of what is ordered as numbers. */
  static String range(Random random) {
    int low = random.nextInt();
    String lower = random.nextInt(5) == 0 ? "" : Integer.toString(low >> 1);
    String upper =
        random.nextInt(5) == 0 ? "" : Integer.toString((low >> 1) + random.nextInt(1 << 20));
    return (random.nextBoolean() ? "[" : "(") + lower + "," + upper + ")";
  }

  /** One of these. */
  static Function<Random, String> oneOf(String... values) {
    return random -> values[random.nextInt(values.length)];
  }

  /** An array of one or two dimensions, with NULLs. */
  static Function<Random, String> array(Function<Random, String> element) {
    return random -> {
      int inner = random.nextInt(4);
      if (random.nextBoolean() || inner == 0) {
        return elements(random, inner, element);
      }
      List<String> rows = new ArrayList<>();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        rows.add(elements(random, inner, element));
      }
      return "{" + String.join(",", rows) + "}";
    };
  }

  private static String elements(Random random, int count, Function<Random, String> element) {
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      elements.add(
          random.nextInt(4) == 0
              ? "NULL"
              : '"' + element.apply(random).replace("\\", "\\\\").replace("\"", "\\\"") + '"');
    }
    return "{" + String.join(",", elements) + "}";
  }
}
