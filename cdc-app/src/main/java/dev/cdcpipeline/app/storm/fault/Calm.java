package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.storm.stage.StormStack;
import java.util.random.RandomGenerator;

/** No fault at all: the load alone, for comparison. Chosen only if it is asked for. */
final class Calm implements Fault {
  @Override
  public String name() {
    return "calm";
  }

  @Override
  public String description() {
    return "no fault, only the load";
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) {
    return "nothing happened";
  }
}
