package dev.cdcpipeline.it.ksqldb;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A SELECT, cut into its clauses. */
final class KsqlQuery {
  /** Begin a clause, in the order of ksqlDB's grammar. */
  private static final List<String> CLAUSES =
      List.of("SELECT", "FROM", "WINDOW", "WHERE", "GROUP", "PARTITION", "HAVING", "EMIT", "LIMIT");

  /** A column of the result. */
  record Item(KsqlExpression expression, String name) {}

  private final int line;
  private final Map<String, List<KsqlToken>> clauses = new LinkedHashMap<>();

  /**
   * Cuts the tokens from SELECT on.
   *
   * @throws KsqlProblemException a clause is missing, twice or in another order than ksqlDB has
   *     them
   */
  KsqlQuery(List<KsqlToken> tokens) {
    line = tokens.get(0).line();
    int depth = 0;
    List<KsqlToken> clause = null;
    int last = -1;
    for (KsqlToken token : tokens) {
      int begins = depth == 0 ? clause(token) : -1;
      if (begins >= 0) {
        if (begins <= last) {
          throw new KsqlProblemException(
              token.line(), token.text() + " is not in its place; the order is " + CLAUSES);
        }
        last = begins;
        clause = new ArrayList<>();
        clauses.put(CLAUSES.get(begins), clause);
      } else if (clause == null) {
        throw new KsqlProblemException(token.line(), "a query begins with SELECT");
      } else {
        clause.add(token);
      }
      depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
    }
    if (!clauses.containsKey("SELECT") || !clauses.containsKey("FROM")) {
      throw new KsqlProblemException(line, "a query needs SELECT and FROM");
    }
  }

  private static int clause(KsqlToken token) {
    return token.kind() == KsqlToken.Kind.WORD ? CLAUSES.indexOf(token.upperCase()) : -1;
  }

  int line() {
    return line;
  }

  boolean has(String clause) {
    return clauses.containsKey(clause);
  }

  List<KsqlToken> from() {
    return clauses.get("FROM");
  }

  boolean selectsEverything() {
    List<KsqlToken> select = clauses.get("SELECT");
    return select.size() == 1 && select.get(0).is("*");
  }

  /**
   * The columns of the result.
   *
   * @throws KsqlProblemException one has no name, or one that is reserved
   */
  List<Item> items() {
    List<Item> items = new ArrayList<>();
    for (List<KsqlToken> item : split(clauses.get("SELECT"))) {
      int as = lastOutside(item, "AS");
      if (as == item.size() - 2 && as > 0) {
        items.add(new Item(new KsqlExpression(item.subList(0, as)), item.get(as + 1).asName()));
      } else {
        KsqlExpression expression = new KsqlExpression(item);
        items.add(
            new Item(
                expression,
                expression
                    .columnName()
                    .orElseThrow(
                        () ->
                            new KsqlProblemException(
                                expression.line(), "a column of the result has no name (AS …)"))));
      }
    }
    return items;
  }

  /** The expressions of GROUP BY or PARTITION BY; empty without. */
  List<KsqlExpression> by(String clause) {
    List<KsqlToken> tokens = clauses.getOrDefault(clause, List.of());
    if (tokens.isEmpty()) {
      return List.of();
    }
    if (!tokens.get(0).is("BY")) {
      throw new KsqlProblemException(tokens.get(0).line(), clause + " without BY");
    }
    return split(tokens.subList(1, tokens.size())).stream().map(KsqlExpression::new).toList();
  }

  /** The condition of WHERE or HAVING. */
  Optional<KsqlExpression> condition(String clause) {
    return Optional.ofNullable(clauses.get(clause)).map(KsqlExpression::new);
  }

  private static List<List<KsqlToken>> split(List<KsqlToken> tokens) {
    List<List<KsqlToken>> parts = new ArrayList<>();
    List<KsqlToken> part = new ArrayList<>();
    int depth = 0;
    for (KsqlToken token : tokens) {
      depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
      if (depth == 0 && token.is(",")) {
        parts.add(nonEmpty(part, token));
        part = new ArrayList<>();
      } else {
        part.add(token);
      }
    }
    parts.add(nonEmpty(part, tokens.get(tokens.size() - 1)));
    return parts;
  }

  private static List<KsqlToken> nonEmpty(List<KsqlToken> part, KsqlToken at) {
    if (part.isEmpty()) {
      throw new KsqlProblemException(at.line(), "nothing before a comma or at the end of a list");
    }
    return part;
  }

  private static int lastOutside(List<KsqlToken> tokens, String keyword) {
    int found = -1;
    int depth = 0;
    for (int i = 0; i < tokens.size(); i++) {
      depth += tokens.get(i).is("(") ? 1 : tokens.get(i).is(")") ? -1 : 0;
      if (depth == 0 && tokens.get(i).is(keyword)) {
        found = i;
      }
    }
    return found;
  }
}
