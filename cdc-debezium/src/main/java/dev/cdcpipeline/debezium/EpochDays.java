package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresValueConverter;
import java.time.LocalDate;
import java.time.temporal.ChronoField;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import org.postgresql.PGStatement;

/**
 * Days since 1970-01-01 of a date; the ends of the int range, which no date of PostgreSQL's
 * reaches, stand for infinity.
 */
final class EpochDays {
  private EpochDays() {}

  static Integer of(String column, Object value) {
    if (value instanceof LocalDate date) {
      return of(date);
    }
    if (value instanceof Date date) {
      return of(date);
    }
    if (value instanceof Integer days) {
      return days;
    }
    throw ExactText.unknown(column, "a date", value);
  }

  /** The driver and Debezium each have dates of their own for infinity. */
  private static int of(LocalDate date) {
    if (date.equals(LocalDate.MAX)
        || date.equals(PostgresValueConverter.POSITIVE_INFINITY_LOCAL_DATE)) {
      return Integer.MAX_VALUE;
    }
    if (date.equals(LocalDate.MIN)
        || date.equals(PostgresValueConverter.NEGATIVE_INFINITY_LOCAL_DATE)) {
      return Integer.MIN_VALUE;
    }
    return Math.toIntExact(date.toEpochDay());
  }

  /** The driver builds its dates on the Julian calendar before 1582: only the fields are true. */
  @SuppressWarnings("JavaUtilDate") // the driver's class, and what it means by it
  private static int of(Date date) {
    if (date.getTime() == PGStatement.DATE_POSITIVE_INFINITY) {
      return Integer.MAX_VALUE;
    }
    if (date.getTime() == PGStatement.DATE_NEGATIVE_INFINITY) {
      return Integer.MIN_VALUE;
    }
    Calendar fields = new GregorianCalendar();
    fields.setTime(date);
    boolean beforeChrist = fields.get(Calendar.ERA) == GregorianCalendar.BC;
    int year = fields.get(Calendar.YEAR);
    int month = fields.get(Calendar.MONTH) + 1;
    // a day that the proleptic Gregorian calendar lacks (29 February 1500) is no date of PostgreSQL
    long first =
        LocalDate.of(beforeChrist ? 1 - year : year, month, 1).getLong(ChronoField.EPOCH_DAY);
    return Math.toIntExact(first + fields.get(Calendar.DAY_OF_MONTH) - 1);
  }
}
