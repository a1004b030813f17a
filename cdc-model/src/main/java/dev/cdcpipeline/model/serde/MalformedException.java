package dev.cdcpipeline.model.serde;

/**
 * What is wrong with the bytes of one record, and in which field, before it is known where the
 * record came from. It never leaves the package: decoders turn it into a {@link DecodeException}.
 * Without a stack trace, so that a stream of bad records costs little.
 */
@SuppressWarnings("serial")
final class MalformedException extends RuntimeException {
  /** A message goes to the log and into a dead letter's headers; a record may hold megabytes. */
  private static final int LONGEST_PROBLEM = 1_000;

  private static final int LONGEST_NAME = 100;

  private final String advice;
  private String field = "";

  MalformedException(String problem, String advice) {
    super(shorten(problem, LONGEST_PROBLEM), null, false, false);
    this.advice = shorten(advice, LONGEST_PROBLEM);
  }

  MalformedException(String problem) {
    this(problem, "check that the record was written with the schema whose id it carries");
  }

  /** Adds the field or element within which the problem lies; called from the inside out. */
  MalformedException in(String enclosing) {
    String name = shorten(enclosing);
    field = field.isEmpty() ? name : field.startsWith("[") ? name + field : name + "." + field;
    return this;
  }

  /** The beginning of a name or a key that comes from a record or a schema. */
  static String shorten(String text) {
    return shorten(text, LONGEST_NAME);
  }

  private static String shorten(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length) + "…";
  }

  /** Where, what is wrong and what to do, in one line. */
  String describe() {
    String place = shorten(field, LONGEST_PROBLEM);
    return (place.isEmpty() ? "" : "field " + place + ": ") + getMessage() + "; " + advice;
  }
}
