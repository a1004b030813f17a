package dev.cdcpipeline.app.reconcile;

import java.sql.SQLException;
import java.util.Optional;

/** The comparison of one table, in steps of bounded size. */
interface TableCheck {

  /** The table in the target, with its schema. */
  String table();

  /** What it is compared with, in a few words. */
  String comparedWith();

  /**
   * Does the next step.
   *
   * @return whether there are more
   * @throws SQLException a side is away, or a table has another shape now; the step may be done
   *     again
   */
  boolean next() throws SQLException;

  /** What the source table is made of; empty where it is no concern. */
  default Optional<SourceShape> shape() {
    return Optional.empty();
  }

  /** What was found so far. */
  Verdict verdict();
}
