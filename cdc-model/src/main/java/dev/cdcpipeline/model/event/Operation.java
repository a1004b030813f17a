package dev.cdcpipeline.model.event;

/**
 * What happened to a row, as Debezium's envelope says it in {@code op}. Switches over it have no
 * {@code default}.
 */
public enum Operation {
  /** Read by a snapshot. */
  READ("r"),
  CREATE("c"),
  UPDATE("u"),
  DELETE("d"),
  /** All rows of the table are gone; the event has no key and no row. */
  TRUNCATE("t"),
  /** A logical decoding message; it belongs to no table. */
  MESSAGE("m");

  private final String code;

  Operation(String code) {
    this.code = code;
  }

  /** The letter Debezium writes. */
  public String code() {
    return code;
  }

  /**
   * The operation for Debezium's letter.
   *
   * @throws IllegalArgumentException if no operation has this letter; the message names those that
   *     exist
   */
  public static Operation of(CharSequence code) {
    char letter = code != null && code.length() == 1 ? code.charAt(0) : '?';
    return switch (letter) {
      case 'r' -> READ;
      case 'c' -> CREATE;
      case 'u' -> UPDATE;
      case 'd' -> DELETE;
      case 't' -> TRUNCATE;
      case 'm' -> MESSAGE;
      default ->
          throw new IllegalArgumentException(
              "op is '" + code + "', expected one of r, c, u, d, t, m; check the Debezium version");
    };
  }
}
