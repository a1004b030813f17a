package dev.cdcpipeline.app.cli;

/** What the command's exit codes mean. */
final class ExitCodes {

  /** Done; everything is equal, or healthy. */
  static final int OK = 0;

  /** Done, with a bad answer: rows differ, the pipeline is degraded, a statement failed. */
  static final int BAD_ANSWER = 1;

  /** Not done: wrong usage, or something that is needed does not answer. */
  static final int NOT_DONE = 2;

  private ExitCodes() {}
}
