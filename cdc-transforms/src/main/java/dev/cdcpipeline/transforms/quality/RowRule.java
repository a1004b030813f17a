package dev.cdcpipeline.transforms.quality;

/**
 * A rule that a single row keeps or breaks. A pure function of the row.
 *
 * @param <R> the rows
 */
public interface RowRule<R> {

  /** The rule's name, for example {@code NEGATIVE_AMOUNT}: part of the key of its violations. */
  String name();

  /** What is wrong with the row, with the value; null if it keeps the rule. */
  String violation(R row);
}
