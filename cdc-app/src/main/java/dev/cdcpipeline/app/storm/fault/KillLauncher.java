package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.storm.stage.StormStack;
import java.util.random.RandomGenerator;

/**
 * Kills the process that keeps the stack, and starts it again: it stops the servers that were left
 * and starts others, on other ports.
 */
final class KillLauncher implements Fault {
  @Override
  public String name() {
    return "kill-launcher";
  }

  @Override
  public String description() {
    return "kill -9 of the launcher, which then starts all servers again";
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    stack.killLauncher();
    Moments.last(Moments.between(0, 3, random));
    stack.launch();
    return "killed, and all servers were started again";
  }
}
