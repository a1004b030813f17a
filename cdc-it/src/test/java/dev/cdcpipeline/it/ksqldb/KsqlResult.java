package dev.cdcpipeline.it.ksqldb;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a query gives.
 *
 * @param table whether it is a table rather than a stream
 * @param key its key columns
 * @param values its other columns
 */
record KsqlResult(boolean table, Map<String, KsqlType> key, Map<String, KsqlType> values) {

  /**
   * Checks a query and gives its columns.
   *
   * @throws KsqlProblemException the query is refused
   */
  static KsqlResult of(KsqlQuery query, KsqlFrom from) {
    query.condition("WHERE").ifPresent(where -> where.check(from.scope()));
    query.condition("HAVING").ifPresent(having -> having.check(from.scope()));
    List<KsqlExpression> groups = query.by("GROUP");
    List<KsqlExpression> partition = query.by("PARTITION");
    groups.forEach(group -> group.check(from.scope()));
    partition.forEach(expression -> expression.check(from.scope()));
    boolean table = !groups.isEmpty() || from.left().table();
    if (query.selectsEverything()) {
      return new KsqlResult(table, from.left().key(), from.left().values());
    }
    Map<String, KsqlType> key = new LinkedHashMap<>();
    Map<String, KsqlType> values = new LinkedHashMap<>();
    for (KsqlQuery.Item item : query.items()) {
      KsqlType type = item.expression().check(from.scope());
      boolean isKey = isKey(item.expression(), groups, partition, from);
      if (!groups.isEmpty() && !isKey && !item.expression().hasAggregate()) {
        checkConstant(item);
      }
      if ((isKey ? key : values).put(item.name(), type) != null) {
        throw new KsqlProblemException(
            item.expression().line(), "two columns are called " + item.name());
      }
    }
    int keys = !groups.isEmpty() ? groups.size() : !partition.isEmpty() ? partition.size() : -1;
    boolean persistent = keys < 0 || query.has("WINDOW") || keys == key.size();
    if (!persistent) {
      throw new KsqlProblemException(
          query.line(), "the result must have each expression of GROUP BY or PARTITION BY");
    }
    return new KsqlResult(table, key, values);
  }

  private static void checkConstant(KsqlQuery.Item item) {
    if (item.expression().tokens().size() != 1
        || item.expression().tokens().get(0).kind() != KsqlToken.Kind.STRING) {
      throw new KsqlProblemException(
          item.expression().line(),
          item.name() + " is neither an aggregate nor an expression of GROUP BY");
    }
  }

  private static boolean isKey(
      KsqlExpression expression,
      List<KsqlExpression> groups,
      List<KsqlExpression> partition,
      KsqlFrom from) {
    if (!groups.isEmpty()) {
      return groups.stream().anyMatch(expression::sameAs);
    }
    if (!partition.isEmpty()) {
      return partition.stream().anyMatch(expression::sameAs);
    }
    if (from.leftKey().isPresent()) {
      return expression.sameAs(from.leftKey().get());
    }
    return expression.columnName().map(from.left().key()::containsKey).orElse(false);
  }
}
