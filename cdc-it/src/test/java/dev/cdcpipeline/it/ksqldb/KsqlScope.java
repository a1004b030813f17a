package dev.cdcpipeline.it.ksqldb;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The columns that an expression can name: those of the sources of its query. */
final class KsqlScope {
  private final Map<String, KsqlSource> byAlias = new LinkedHashMap<>();

  void add(String alias, KsqlSource source) {
    byAlias.put(alias, source);
  }

  /** The sources, in the order of the query. */
  List<KsqlSource> sources() {
    return List.copyOf(byAlias.values());
  }

  boolean overTable() {
    return byAlias.values().stream().anyMatch(KsqlSource::table);
  }

  boolean isAlias(String name) {
    return byAlias.containsKey(name);
  }

  /**
   * The source behind an alias.
   *
   * @throws KsqlProblemException there is none
   */
  KsqlSource source(String alias, int line) {
    KsqlSource source = byAlias.get(alias);
    if (source == null) {
      throw new KsqlProblemException(line, alias + " is none of " + byAlias.keySet());
    }
    return source;
  }

  /**
   * The type of a column.
   *
   * @param alias of its source; null if the query does not say
   * @throws KsqlProblemException no source has it, or several have
   */
  KsqlType column(String alias, String name, int line) {
    if (KsqlWords.PSEUDO_COLUMNS.contains(name)) {
      return KsqlType.VALUE;
    }
    List<KsqlSource> candidates = alias == null ? sources() : List.of(source(alias, line));
    List<KsqlType> found = new ArrayList<>();
    for (KsqlSource candidate : candidates) {
      KsqlType type = candidate.columns().get(name);
      if (type != null) {
        found.add(type);
      }
    }
    if (found.size() != 1) {
      throw new KsqlProblemException(
          line,
          found.isEmpty()
              ? "column %s does not exist; there are %s"
                  .formatted(
                      name,
                      candidates.stream()
                          .flatMap(source -> source.columns().keySet().stream())
                          .toList())
              : "column " + name + " is in several sources; say which");
    }
    return found.get(0);
  }
}
