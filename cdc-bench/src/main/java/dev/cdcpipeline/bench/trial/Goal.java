package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.bench.report.Measured;
import java.util.Locale;

/** A figure that was wanted, beside the one that was measured. */
final class Goal {
  private Goal() {}

  /** Whether a quantity is at most so much, as a sentence. */
  static String atMost(String what, double limit, Measured measured) {
    return sentence(what, "at most", limit, measured, measured.median() <= limit);
  }

  /** Whether a quantity is at least so much, as a sentence. */
  static String atLeast(String what, double limit, Measured measured) {
    return sentence(what, "at least", limit, measured, measured.median() >= limit);
  }

  private static String sentence(
      String what, String bound, double limit, Measured measured, boolean reached) {
    return String.format(
        Locale.ROOT,
        "Goal: %s %s %s %s. Measured: %s. %s",
        what,
        bound,
        limit == Math.rint(limit)
            ? String.format(Locale.ROOT, "%,d", (long) limit)
            : Double.toString(limit),
        measured.unit(),
        measured.text(),
        reached ? "Reached." : "Not reached.");
  }
}
