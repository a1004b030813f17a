package dev.cdcpipeline.debezium;

import io.debezium.data.SpecialValueDecimal;
import java.math.BigDecimal;
import java.sql.Array;
import org.apache.kafka.connect.errors.DataException;
import org.postgresql.util.PGobject;

/** A value of the JDBC driver's or Debezium's classes as PostgreSQL writes it. */
@FunctionalInterface
interface ExactText {

  /**
   * The text of a value that is not null.
   *
   * @throws DataException the value is of a class that is not known here
   */
  String of(String column, Object value);

  /** The driver keeps the text the server sent. */
  static String array(String column, Object value) {
    if (value instanceof Array || value instanceof String) {
      return value.toString();
    }
    if (value instanceof PGobject vector) {
      return vector.getValue();
    }
    throw unknown(column, "an array", value);
  }

  static String number(String column, Object value) {
    if (value instanceof SpecialValueDecimal number) {
      return number
          .getDecimalValue()
          .map(BigDecimal::toPlainString)
          .orElseGet(() -> Double.toString(number.toDouble()));
    }
    if (value instanceof BigDecimal number) {
      return number.toPlainString();
    }
    if (value instanceof Number || value instanceof String) {
      return value.toString();
    }
    throw unknown(column, "a number", value);
  }

  static String bits(String column, Object value) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof PGobject object) {
      return object.getValue();
    }
    if (value instanceof Boolean bit) {
      return bit ? "1" : "0";
    }
    throw unknown(column, "a bit string", value);
  }

  static DataException unknown(String column, String expected, Object value) {
    return new DataException(
        "cannot carry a value of %s: expected %s, was a %s; check the versions of Debezium and of its JDBC driver"
            .formatted(column, expected, value.getClass().getName()));
  }
}
