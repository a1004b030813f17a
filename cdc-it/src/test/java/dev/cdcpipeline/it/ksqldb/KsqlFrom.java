package dev.cdcpipeline.it.ksqldb;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a query reads from: one stream or table, or one joined with a table by the table's key, as
 * these files do.
 */
final class KsqlFrom {
  private final KsqlScope scope = new KsqlScope();
  private final KsqlExpression leftKey;

  /**
   * Reads the tokens between FROM and the next clause.
   *
   * @param sources the stream or table of a name
   * @throws KsqlProblemException it is not of this form, or the condition is not by the key
   */
  KsqlFrom(List<KsqlToken> tokens, Function<KsqlToken, KsqlSource> sources) {
    int at = add(tokens, 0, sources);
    if (at == tokens.size()) {
      leftKey = null;
      return;
    }
    if (!tokens.get(at).is("LEFT") || !tokens.get(at + 1).is("JOIN")) {
      throw new KsqlProblemException(tokens.get(at).line(), "expected LEFT JOIN");
    }
    at = add(tokens, at + 2, sources);
    // ON a.x = b.y
    if (tokens.size() != at + 8 || !tokens.get(at).is("ON") || !tokens.get(at + 4).is("=")) {
      throw new KsqlProblemException(tokens.get(0).line(), "expected ON left.column = right.key");
    }
    leftKey = new KsqlExpression(tokens.subList(at + 1, at + 4));
    KsqlExpression rightKey = new KsqlExpression(tokens.subList(at + 5, at + 8));
    leftKey.check(scope);
    rightKey.check(scope);
    KsqlToken column = tokens.get(at + 7);
    KsqlSource right = scope.source(tokens.get(at + 5).asName(), column.line());
    if (!right.table() || !right.key().keySet().equals(Set.of(column.asName()))) {
      throw new KsqlProblemException(
          column.line(),
          "a join needs the key of its table, %s, not %s"
              .formatted(right.key().keySet(), column.asName()));
    }
  }

  private int add(List<KsqlToken> tokens, int at, Function<KsqlToken, KsqlSource> sources) {
    KsqlSource source = sources.apply(tokens.get(at));
    boolean alias = at + 1 < tokens.size() && !tokens.get(at + 1).isReserved();
    scope.add(alias ? tokens.get(at + 1).asName() : source.name(), source);
    return alias ? at + 2 : at + 1;
  }

  KsqlScope scope() {
    return scope;
  }

  KsqlSource left() {
    return scope.sources().get(0);
  }

  /** The left side's column of a join. */
  Optional<KsqlExpression> leftKey() {
    return Optional.ofNullable(leftKey);
  }
}
