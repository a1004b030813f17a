package dev.cdcpipeline.app.reconcile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The SELECTs that say which rows must be there, from the results' own definitions and from the
 * comparison's own files.
 */
final class Oracles {

  private final List<ExpectedResult> results;

  Oracles(List<ExpectedResult> results) {
    this.results = results;
  }

  /**
   * Whether the result is made of a log, directly or over others: the source cannot be asked, for
   * it forgets the past.
   */
  boolean isMadeOfLog(ExpectedResult result) {
    return dependencies(result).stream().anyMatch(ExpectedResult::isLog);
  }

  /** The definition as the source can run it: results it reads are put before it. */
  String onSource(ExpectedResult result) {
    StringBuilder sql = new StringBuilder();
    for (ExpectedResult dependency : dependencies(result)) {
      sql.append(sql.isEmpty() ? "WITH " : ", ")
          .append(RowLayout.quoted(dependency.table()))
          .append(" AS (")
          .append(dependency.select())
          .append("\n)");
    }
    return sql.isEmpty() ? result.select() : sql + " SELECT * FROM (" + result.select() + "\n) q";
  }

  /** What the result reads, what that reads first. */
  private Set<ExpectedResult> dependencies(ExpectedResult result) {
    Set<ExpectedResult> found = new LinkedHashSet<>();
    for (ExpectedResult other : results) {
      if (other.rule().isEmpty() && result.reads(other.table())) {
        found.addAll(dependencies(other));
        found.add(other);
      }
    }
    return found;
  }

  /** A SELECT of this program's own. */
  static String resource(String name) {
    try (InputStream in = Oracles.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of this program", e);
    }
  }
}
