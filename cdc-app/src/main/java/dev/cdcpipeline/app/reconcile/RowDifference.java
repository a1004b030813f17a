package dev.cdcpipeline.app.reconcile;

import java.util.List;

/**
 * One row that is not the same on both sides.
 *
 * @param kind what is wrong
 * @param cells the row's columns that matter: the key, and the values that differ or are there on
 *     one side only
 */
public record RowDifference(Kind kind, List<Cell> cells) {

  /** What is wrong with the row. */
  public enum Kind {
    /** The source has it, the target has not. */
    MISSING,
    /** The target has it, the source has not. */
    UNEXPECTED,
    /** Both have it, with other values. */
    DIFFERENT
  }

  /**
   * One column, side by side.
   *
   * @param source the value the source's definition gives; null for NULL or for no row
   * @param target the value in the target; null for NULL or for no row
   */
  public record Cell(String column, boolean key, String source, String target) {}
}
