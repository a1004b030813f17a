package dev.cdcpipeline.it.ksqldb;

import dev.cdcpipeline.it.ksqldb.KsqlToken.Kind;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An expression of a query.
 *
 * @param tokens at least one
 */
record KsqlExpression(List<KsqlToken> tokens) {
  KsqlExpression {
    tokens = List.copyOf(tokens);
  }

  /**
   * Resolves every column, and refuses what ksqlDB has not: simple CASE, reserved words as names,
   * functions and types that it has not or that nobody has looked up yet.
   *
   * @return the expression's type, with its fields if it is just a column with some
   * @throws KsqlProblemException it is refused
   */
  KsqlType check(KsqlScope scope) {
    int at = 0;
    KsqlType type = KsqlType.VALUE;
    while (at < tokens.size()) {
      KsqlToken token = tokens.get(at);
      if (token.kind() == Kind.QUOTED_NAME || token.kind() == Kind.WORD && isName(at)) {
        int end = endOfPath(at);
        KsqlType path = path(at, end, scope);
        type = at == 0 && end == tokens.size() ? path : KsqlType.VALUE;
        at = end;
      } else if (token.is("CAST")) {
        at = cast(at, scope);
      } else {
        checkWord(at, scope);
        at++;
      }
    }
    return type;
  }

  private boolean isName(int at) {
    String word = tokens.get(at).upperCase();
    return !token(at + 1, "(")
        && !word.equals("CASE")
        && !KsqlWords.OPERATORS.contains(word)
        && !(word.equals("FROM") && at > 0 && tokens.get(at - 1).is("DISTINCT"));
  }

  private void checkWord(int at, KsqlScope scope) {
    KsqlToken token = tokens.get(at);
    if (token.is("CASE") && !token(at + 1, "WHEN")) {
      throw new KsqlProblemException(
          token.line(),
          "ksqlDB has no simple CASE; write CASE WHEN … = … instead of CASE … WHEN …");
    }
    if (token.kind() != Kind.WORD || !token(at + 1, "(") || token.is("IN")) {
      return;
    }
    String function = token.upperCase();
    if (KsqlWords.AGGREGATES.contains(function)) {
      if (scope.overTable() && !KsqlWords.OVER_TABLES.contains(function)) {
        throw new KsqlProblemException(
            token.line(), function + " can't take a row back, so it can't be over a table");
      }
    } else if (!KsqlWords.FUNCTIONS.contains(function) && !KsqlWords.OPERATORS.contains(function)) {
      throw new KsqlProblemException(
          token.line(), "function " + function + " is not one that these files use");
    }
  }

  private boolean token(int at, String keywordOrSign) {
    return at < tokens.size() && tokens.get(at).is(keywordOrSign);
  }

  private int endOfPath(int at) {
    int end = at + 1;
    while (token(end, ".") || token(end, "->")) {
      end += 2;
    }
    return Math.min(end, tokens.size());
  }

  /** A column, with its source before it and its fields after it: {@code o.after->order_id}. */
  private KsqlType path(int from, int to, KsqlScope scope) {
    int at = from;
    KsqlToken first = tokens.get(at);
    String alias = null;
    if (token(at + 1, ".")) {
      alias = first.asName();
      at += 2;
    }
    KsqlToken column = tokens.get(at);
    KsqlType type = scope.column(alias, column.asName(), column.line());
    for (at++; at < to; at += 2) {
      KsqlToken field = tokens.get(at + 1);
      String name = field.asName();
      if (!type.isStruct()) {
        throw new KsqlProblemException(
            field.line(), tokens.get(at - 1).text() + " has no fields, so no " + name);
      }
      KsqlType inner = type.fields().get(name);
      if (inner == null) {
        throw new KsqlProblemException(
            field.line(),
            "field %s does not exist; there are %s".formatted(name, type.fields().keySet()));
      }
      type = inner;
    }
    return type;
  }

  private int cast(int at, KsqlScope scope) {
    int end = closing(at + 1);
    int as = end;
    int depth = 0;
    for (int i = at + 1; i < end; i++) {
      depth += token(i, "(") ? 1 : token(i, ")") ? -1 : 0;
      if (depth == 1 && token(i, "AS")) {
        as = i;
      }
    }
    if (as >= end - 1 || !KsqlWords.TYPES.contains(tokens.get(as + 1).upperCase())) {
      throw new KsqlProblemException(
          tokens.get(at).line(), "a CAST needs AS and one of " + KsqlWords.TYPES);
    }
    new KsqlExpression(tokens.subList(at + 2, as)).check(scope);
    return end + 1;
  }

  private int closing(int open) {
    int depth = 0;
    for (int i = open; i < tokens.size(); i++) {
      depth += token(i, "(") ? 1 : token(i, ")") ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    throw new KsqlProblemException(tokens.get(open).line(), "a parenthesis is not closed");
  }

  boolean hasAggregate() {
    for (int i = 0; i < tokens.size() - 1; i++) {
      if (token(i + 1, "(") && KsqlWords.AGGREGATES.contains(tokens.get(i).upperCase())) {
        return true;
      }
    }
    return false;
  }

  /** The column's own name, if the expression is just a column. */
  Optional<String> columnName() {
    KsqlToken last = tokens.get(tokens.size() - 1);
    boolean column =
        tokens.size() == 1
            ? last.kind() == Kind.WORD || last.kind() == Kind.QUOTED_NAME
            : tokens.size() == 3 && token(1, ".");
    return column ? Optional.of(last.asName()) : Optional.empty();
  }

  /** Whether both are written the same, but for space and case. */
  boolean sameAs(KsqlExpression other) {
    return normal().equals(other.normal());
  }

  private String normal() {
    return tokens.stream()
        .map(token -> token.kind() + ":" + token.upperCase())
        .collect(Collectors.joining(" "));
  }

  int line() {
    return tokens.get(0).line();
  }
}
