package dev.cdcpipeline.app.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of an SQL statement, without comments. */
final class Words {

  /**
   * A word, a quoted name, a literal or a sign.
   *
   * @param text as written
   * @param from place of its first character in the statement
   * @param to place behind its last one
   */
  record Word(String text, int from, int to) {

    /** Whether it is this keyword or sign; a quoted name is none. */
    boolean is(String keyword) {
      return text.equalsIgnoreCase(keyword);
    }

    boolean isName() {
      char first = text.charAt(0);
      return first == '"' || first == '_' || Character.isLetter(first);
    }
  }

  private static final Pattern WORD =
      Pattern.compile(
          "(?<skip>\\s+|--[^\\n]*)"
              + "|(?<quoted>(?:[uU]&)?\"(?:[^\"]++|\"\")*+\")"
              + "|(?<escaped>[eE]'(?:[^'\\\\]++|\\\\.|'')*+')"
              + "|(?<literal>(?:[uU]&|[bBxXnN])?'(?:[^']++|'')*+')"
              + "|(?<dollar>\\$(?<tag>[\\p{L}_][\\p{L}\\p{N}_]*|)\\$.*?\\$\\k<tag>\\$)"
              + "|(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*)"
              + "|(?<number>\\d[\\w.]*)"
              + "|(?<sign>[^\\s'\"])",
          Pattern.DOTALL);

  private final List<Word> words = new ArrayList<>();

  /**
   * @throws IllegalArgumentException a quote or a comment has no end
   */
  Words(String sql) {
    Matcher matcher = WORD.matcher(sql);
    int at = 0;
    while (at < sql.length()) {
      if (sql.startsWith("/*", at)) {
        at = endOfComment(sql, at);
        continue;
      }
      if (!matcher.find(at) || matcher.start() != at) {
        throw new IllegalArgumentException("a quote has no end: " + sql.substring(at));
      }
      if (matcher.group("skip") == null) {
        words.add(new Word(matcher.group(), at, matcher.end()));
      }
      at = matcher.end();
    }
  }

  // comments nest
  private static int endOfComment(String sql, int start) {
    int depth = 0;
    for (int i = start; i + 1 < sql.length(); i++) {
      if (sql.startsWith("/*", i)) {
        depth++;
        i++;
      } else if (sql.startsWith("*/", i)) {
        depth--;
        i++;
        if (depth == 0) {
          return i + 1;
        }
      }
    }
    throw new IllegalArgumentException("a comment has no end: " + sql.substring(start));
  }

  List<Word> all() {
    return words;
  }
}
