package dev.cdcpipeline.sink.result;

import java.util.Optional;

/**
 * SQL text as the server's lexer takes it apart: what is quoted, what is a comment, and what is
 * neither. Where server and driver could differ, the text is refused.
 */
final class SqlText {
  private final String text;
  private final boolean comments;
  private final boolean backslashes;
  private int at;

  private SqlText(String text, boolean comments, boolean backslashes) {
    this.text = text;
    this.comments = comments;
    this.backslashes = backslashes;
  }

  /**
   * What keeps a text from being a piece of one statement.
   *
   * @param offset of the character that is wrong
   * @param what completes "…, found "
   */
  record Problem(int offset, String what) {}

  /**
   * What keeps a text from being a piece of one statement that can be put between parentheses: a
   * semicolon, a parenthesis, a quote or a comment that does not end within it.
   *
   * @param comments whether it may have comments at all
   */
  static Optional<Problem> problem(String text, boolean comments) {
    return Optional.ofNullable(new SqlText(text, comments, false).problem());
  }

  /** The text with each question mark doubled that the driver would take for a parameter. */
  static String escaped(String text) {
    if (text.indexOf('?') < 0) {
      return text;
    }
    StringBuilder escaped = new StringBuilder();
    // a backslash is a character as any other: text with escapes was refused
    SqlText sql = new SqlText(text, true, true);
    while (sql.at < text.length()) {
      int start = sql.at;
      if (sql.skipQuoted() == null && sql.at > start) {
        escaped.append(text, start, sql.at);
        continue;
      }
      char c = text.charAt(start);
      escaped.append(c == '?' ? "??" : c);
      sql.at = start + 1;
    }
    return escaped.toString();
  }

  private Problem problem() {
    int depth = 0;
    int opened = 0;
    while (at < text.length()) {
      int start = at;
      Problem unclosed = skipQuoted();
      if (unclosed != null) {
        return unclosed;
      }
      if (at > start) {
        continue;
      }
      char c = text.charAt(at);
      if (c == '(') {
        opened = depth++ == 0 ? at : opened;
      } else if (c == ')' && --depth < 0) {
        return new Problem(at, "')' without '(' before it");
      } else if (c == ';') {
        return new Problem(at, "';' inside it");
      } else if (c == '$' || c == '{' || c == '}') {
        return new Problem(at, "'" + c + "' outside quotes");
      }
      at++;
    }
    return depth > 0 ? new Problem(opened, "'(' without ')' after it") : null;
  }

  /** Moves past what is quoted or a comment, if that begins here. */
  private Problem skipQuoted() {
    int start = at;
    char c = text.charAt(at);
    if (c == '\'' || c == '"') {
      return skipQuotes(c);
    }
    boolean line = text.startsWith("--", at);
    if (!line && !text.startsWith("/*", at)) {
      return null;
    }
    if (!comments) {
      return new Problem(start, "a comment");
    }
    if (line) {
      while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
        at++;
      }
      return null;
    }
    return skipBlock();
  }

  private Problem skipQuotes(char quote) {
    int start = at;
    for (int i = at + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == quote) {
        at = i + 1;
        return null;
      }
      boolean escape = !backslashes && c == '\\' && quote == '\'';
      if (escape && i + 1 < text.length() && text.charAt(i + 1) == quote) {
        // the end of an ordinary literal, an escape in one that begins with E: never ambiguous
        return new Problem(i, "a backslash before a quote");
      }
    }
    return new Problem(start, quote + " without " + quote + " after it");
  }

  private Problem skipBlock() {
    int start = at;
    if (text.startsWith("/*/", start)) {
      return new Problem(start, "'/*/', which the driver takes for a whole comment");
    }
    int depth = 0;
    for (int i = at; i + 1 < text.length(); i++) {
      if (text.startsWith("/*", i)) {
        depth++;
        i++;
      } else if (text.startsWith("*/", i)) {
        i++;
        if (--depth == 0) {
          at = i + 1;
          return null;
        }
      }
    }
    return new Problem(start, "'/*' without '*/' after it");
  }
}
