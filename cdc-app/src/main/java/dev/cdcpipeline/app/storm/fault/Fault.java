package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.storm.stage.StormStack;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Something that happens to a pipeline, and that it must survive without help. */
public interface Fault {

  /** What it is called on the command line and in reports, in lower case with hyphens. */
  String name();

  /** What it does, for people. */
  String description();

  /** Why it can't happen on this machine or to this stack; empty if it can. */
  default Optional<String> whyNot(StormStack stack) {
    return Optional.empty();
  }

  /**
   * Lets it happen, and returns when it is over: the pipeline may still suffer from it, but nothing
   * hinders it any more.
   *
   * @param random of all its choices
   * @return what it did exactly
   * @throws Exception it could not happen; the storm ends
   */
  String strike(StormStack stack, RandomGenerator random) throws Exception;
}
