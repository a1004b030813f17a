package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.bench.report.Outcome;

/** One benchmark of the whole pipeline. */
public interface Trial {

  /** The word it is run by. */
  String name();

  /**
   * Measures.
   *
   * @throws Exception it could not be measured; what was started is stopped by {@code bench}
   */
  Outcome run(Bench bench) throws Exception;
}
