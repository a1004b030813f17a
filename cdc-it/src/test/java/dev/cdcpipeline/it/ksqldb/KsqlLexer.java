package dev.cdcpipeline.it.ksqldb;

import dev.cdcpipeline.it.ksqldb.KsqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a file into statements, and those into tokens. */
final class KsqlLexer {
  /** In this order, at each place of the file. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<space>\\s+)|(?<comment>--[^\\n]*)|(?<string>'(?:[^']|'')*')"
              + "|(?<quoted>`[^`]+`|\"[^\"]+\")|(?<number>\\d+(?:\\.\\d*)?|\\.\\d+)"
              + "|(?<word>[A-Za-z_][A-Za-z0-9_@]*)"
              + "|(?<sign>->|<>|!=|<=|>=|\\|\\||:=|[-+*/%=<>(),.;\\[\\]])");

  private final String text;
  private final List<List<KsqlToken>> statements = new ArrayList<>();
  private List<KsqlToken> statement = new ArrayList<>();
  private int line = 1;

  private KsqlLexer(String text) {
    this.text = text;
  }

  /**
   * The statements of a file, without their semicolons.
   *
   * @throws KsqlProblemException the file has something that no token is, or the last statement has
   *     no end
   */
  static List<List<KsqlToken>> statements(String text) {
    return new KsqlLexer(text).run();
  }

  private List<List<KsqlToken>> run() {
    Matcher next = TOKEN.matcher(text);
    int at = 0;
    while (at < text.length()) {
      if (!next.find(at) || next.start() != at) {
        throw new KsqlProblemException(line, "cannot read from '" + rest(at) + "' on");
      }
      take(next);
      line += (int) next.group().chars().filter(c -> c == '\n').count();
      at = next.end();
    }
    if (!statement.isEmpty()) {
      throw new KsqlProblemException(line, "the last statement has no semicolon");
    }
    return statements;
  }

  private String rest(int at) {
    return text.substring(at, Math.min(text.length(), at + 20)).strip();
  }

  private void take(Matcher found) {
    if (found.group("comment") != null) {
      checkComment(found.group());
    } else if (found.group("string") != null) {
      add(Kind.STRING, inner(found.group()).replace("''", "'"));
    } else if (found.group("quoted") != null) {
      add(Kind.QUOTED_NAME, inner(found.group()));
    } else if (found.group("number") != null) {
      add(Kind.NUMBER, found.group());
    } else if (found.group("word") != null) {
      add(Kind.WORD, found.group());
    } else if (found.group().equals(";")) {
      if (statement.isEmpty()) {
        throw new KsqlProblemException(line, "a semicolon without a statement");
      }
      statements.add(List.copyOf(statement));
      statement = new ArrayList<>();
    } else if (found.group("sign") != null) {
      add(Kind.SIGN, found.group());
    }
  }

  private void add(Kind kind, String token) {
    statement.add(new KsqlToken(kind, token, line));
  }

  private static String inner(String quoted) {
    return quoted.substring(1, quoted.length() - 1);
  }

  /** The prompt reads comments line by line and takes these for what they are elsewhere. */
  private void checkComment(String comment) {
    if (comment.contains(";")) {
      throw new KsqlProblemException(line, "a comment has a semicolon: the prompt would end there");
    }
    for (char quote : new char[] {'\'', '"', '`'}) {
      if (comment.chars().filter(c -> c == quote).count() % 2 != 0) {
        throw new KsqlProblemException(line, "a comment has an unpaired " + quote);
      }
    }
    if (comment.startsWith("--@")) {
      throw new KsqlProblemException(line, "a comment begins with @: it would be a directive");
    }
  }
}
