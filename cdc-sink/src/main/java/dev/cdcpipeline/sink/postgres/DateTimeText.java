package dev.cdcpipeline.sink.postgres;

/**
 * Dates and times in PostgreSQL's ISO form, to the microsecond, before Christ and at infinity.
 *
 * <p>Made by arithmetic and without objects: a large flush writes hundreds of thousands of them.
 */
public final class DateTimeText {
  // what Debezium writes for infinity: pgjdbc's PGStatement.DATE_POSITIVE_INFINITY and its negative
  static final long POSITIVE_INFINITY = 9223372036825200000L;
  static final long NEGATIVE_INFINITY = -9223372036832400000L;

  // what Debezium makes of a timestamp that 64 bits of microseconds have no number for
  private static final long LATER = Long.MAX_VALUE;

  static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final long MICROS_PER_SECOND = 1_000_000L;

  private DateTimeText() {}

  /** Days since 1970-01-01; the ends of the int range are infinity. */
  static void date(int days, StringBuilder out) {
    if (days == Integer.MAX_VALUE) {
      out.append("infinity");
    } else if (days == Integer.MIN_VALUE) {
      out.append("-infinity");
    } else if (!appendDate(days, out)) {
      out.append(" BC");
    }
  }

  /** Microseconds since 1970-01-01T00:00. */
  public static void timestamp(long micros, StringBuilder out) {
    timestamp(micros, "", out);
  }

  /** Milliseconds since 1970-01-01T00:00; infinity in milliseconds or in microseconds. */
  static void timestampOfMillis(long millis, StringBuilder out) {
    if (millis == POSITIVE_INFINITY || millis == POSITIVE_INFINITY / 1000) {
      timestamp(POSITIVE_INFINITY, out);
    } else if (millis == NEGATIVE_INFINITY || millis == NEGATIVE_INFINITY / 1000) {
      timestamp(NEGATIVE_INFINITY, out);
    } else if (Math.abs(millis) > Long.MAX_VALUE / 1000) {
      timestamp(LATER, out);
    } else {
      timestamp(millis * 1000, out);
    }
  }

  /** Microseconds since 1970-01-01T00:00Z. */
  public static void timestampWithZone(long micros, StringBuilder out) {
    timestamp(micros, "+00", out);
  }

  private static void timestamp(long micros, String zone, StringBuilder out) {
    if (micros == POSITIVE_INFINITY) {
      out.append("infinity");
      return;
    }
    if (micros == NEGATIVE_INFINITY) {
      out.append("-infinity");
      return;
    }
    if (micros == LATER) {
      out.append("294277-01-01 00:00:00"); // the first that PostgreSQL refuses
      return;
    }
    boolean afterChrist = appendDate(Math.floorDiv(micros, MICROS_PER_DAY), out);
    out.append(' ');
    time(Math.floorMod(micros, MICROS_PER_DAY), out);
    out.append(zone);
    if (!afterChrist) {
      out.append(" BC");
    }
  }

  /** Microseconds since midnight, up to and including 24:00. */
  static void time(long micros, StringBuilder out) {
    long seconds = micros / MICROS_PER_SECOND;
    twoDigits((int) (seconds / 3600), out);
    out.append(':');
    twoDigits((int) (seconds / 60 % 60), out);
    out.append(':');
    twoDigits((int) (seconds % 60), out);
    int fraction = (int) (micros % MICROS_PER_SECOND);
    if (fraction != 0) {
      out.append('.');
      for (int unit = 100_000; unit > 0; unit /= 10) {
        out.append((char) ('0' + fraction / unit % 10));
      }
    }
  }

  /**
   * ISO 8601 with an offset, as PostgreSQL reads it: it takes neither a sign before the year nor
   * the year 0.
   */
  static void isoWithOffset(String iso, StringBuilder out) {
    char first = iso.isEmpty() ? ' ' : iso.charAt(0);
    int yearEnd = iso.indexOf('-', 1);
    boolean signed = (first == '+' || first == '-') && yearEnd > 0;
    if (!signed && !iso.startsWith("0000-")) {
      out.append(iso);
      return;
    }
    long year = Long.parseLong(iso, first == '+' ? 1 : 0, yearEnd, 10);
    appendYear(year, out);
    out.append(iso, yearEnd, iso.length());
    if (year <= 0) {
      out.append(" BC");
    }
  }

  // proleptic Gregorian calendar, from days, after Howard Hinnant's civil_from_days
  private static boolean appendDate(long epochDays, StringBuilder out) {
    long z = epochDays + 719_468;
    long era = Math.floorDiv(z, 146_097);
    int dayOfEra = (int) (z - era * 146_097);
    int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int shifted = (5 * dayOfYear + 2) / 153;
    int day = dayOfYear - (153 * shifted + 2) / 5 + 1;
    int month = shifted < 10 ? shifted + 3 : shifted - 9;
    long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    appendYear(year, out);
    out.append('-');
    twoDigits(month, out);
    out.append('-');
    twoDigits(day, out);
    return year > 0;
  }

  // the year 0 of the calendar is 1 BC
  private static void appendYear(long astronomicalYear, StringBuilder out) {
    long year = astronomicalYear > 0 ? astronomicalYear : 1 - astronomicalYear;
    if (year < 1000) {
      out.append(year < 10 ? "000" : year < 100 ? "00" : "0");
    }
    out.append(year);
  }

  private static void twoDigits(int value, StringBuilder out) {
    out.append((char) ('0' + value / 10)).append((char) ('0' + value % 10));
  }
}
