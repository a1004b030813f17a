package dev.cdcpipeline.model.event;

/** What happened to a row, as Debezium's envelope says it in {@code op}. Switches over it have no {@code default}. */
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
   * @throws IllegalArgumentException if no operation has this letter; the message names those that exist
   */
  public static Operation of(CharSequence code) {
    if (code != null && code.length() == 1) {
      switch (code.charAt(0)) {
        case 'r':
          return READ;
        case 'c':
          return CREATE;
        case 'u':
          return UPDATE;
        case 'd':
          return DELETE;
        case 't':
          return TRUNCATE;
        case 'm':
          return MESSAGE;
        default:
          break;
      }
    }
    throw new IllegalArgumentException("op is '" + code + "', expected one of r, c, u, d, t, m; check the Debezium version");
  }
}
