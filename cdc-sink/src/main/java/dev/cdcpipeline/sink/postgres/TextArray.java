package dev.cdcpipeline.sink.postgres;

/** Builds a PostgreSQL array literal, element by element. */
public final class TextArray {
  private final StringBuilder text = new StringBuilder("{");
  private boolean empty = true;

  /** Adds an element, null for NULL. */
  public void add(CharSequence element) {
    if (element == null) {
      addNull();
      return;
    }
    separate();
    quoted(element, text);
  }

  public void addNull() {
    separate();
    text.append("NULL");
  }

  /** Where to write an element that needs no quotes: a number, say. */
  public StringBuilder plainElement() {
    separate();
    return text;
  }

  /** The literal; nothing may be added afterwards. */
  public String literal() {
    return text.append('}').toString();
  }

  private void separate() {
    if (empty) {
      empty = false;
    } else {
      text.append(',');
    }
  }

  /** Writes a value in quotes, as an element of an array or of hstore. */
  static void quoted(CharSequence value, StringBuilder out) {
    out.append('"');
    int written = 0;
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append(value, written, i).append('\\');
        written = i;
      }
    }
    out.append(value, written, length).append('"');
  }
}
