package dev.cdcpipeline.model.serde;

/**
 * What is wrong with the bytes of one record, and in which field, before it is known where the
 * record came from. It never leaves the package: decoders turn it into a {@link DecodeException}.
 * Without a stack trace, so that a stream of bad records costs little.
 */
@SuppressWarnings("serial")
final class MalformedException extends RuntimeException {
  private final String advice;
  private String field = "";

  MalformedException(String problem, String advice) {
    super(problem, null, false, false);
    this.advice = advice;
  }

  MalformedException(String problem) {
    this(problem, "check that the record was written with the schema whose id it carries");
  }

  /** Adds the field or element within which the problem lies; called from the inside out. */
  MalformedException in(String enclosing) {
    field =
        field.isEmpty()
            ? enclosing
            : field.startsWith("[") ? enclosing + field : enclosing + "." + field;
    return this;
  }

  /** Where, what is wrong and what to do, in one line. */
  String describe() {
    return (field.isEmpty() ? "" : "field " + field + ": ") + getMessage() + "; " + advice;
  }
}
