package dev.cdcpipeline.it.ksqldb;

import java.util.Locale;

/**
 * A word, literal or sign of a statement.
 *
 * @param text as written; of a quoted name what is between the quotes
 * @param line in the file, from 1
 */
record KsqlToken(Kind kind, String text, int line) {
  enum Kind {
    /** A keyword or an unquoted name. */
    WORD,
    QUOTED_NAME,
    STRING,
    NUMBER,
    SIGN
  }

  /** Whether this is the keyword or sign. */
  boolean is(String keywordOrSign) {
    return switch (kind) {
      case WORD -> text.equalsIgnoreCase(keywordOrSign);
      case SIGN -> text.equals(keywordOrSign);
      case QUOTED_NAME, STRING, NUMBER -> false;
    };
  }

  boolean isReserved() {
    return kind == Kind.WORD && KsqlWords.RESERVED.contains(upperCase());
  }

  /** A word as ksqlDB knows it: unquoted names are in capitals. */
  String upperCase() {
    return kind == Kind.WORD ? text.toUpperCase(Locale.ROOT) : text;
  }

  /**
   * This token as a name.
   *
   * @throws KsqlProblemException it is none, or a word that ksqlDB keeps for itself
   */
  String asName() {
    if (isReserved()) {
      throw new KsqlProblemException(
          line, text + " is a reserved word of ksqlDB; choose another name, or `" + text + "`");
    }
    if (kind != Kind.WORD && kind != Kind.QUOTED_NAME) {
      throw new KsqlProblemException(line, "'" + text + "' stands where a name is expected");
    }
    return upperCase();
  }
}
