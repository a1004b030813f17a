package dev.cdcpipeline.it;

import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * A type whose values are carried from source to target.
 *
 * @param column name of the column that has it
 * @param type as SQL writes it
 * @param edges values that are known to be difficult, as PostgreSQL's text
 * @param random makes further values, as PostgreSQL's text
 * @param advice what helps if the type is not carried exactly, empty for one that is to be
 */
record TypeCase(
    String column,
    String type,
    List<String> edges,
    Function<Random, String> random,
    String advice) {

  /** The edge or, after the last of them, NULL once and then random values. */
  String value(int row, Random numbers) {
    if (row < edges.size()) {
      return edges.get(row);
    }
    return row == edges.size() ? null : random.apply(numbers);
  }
}
