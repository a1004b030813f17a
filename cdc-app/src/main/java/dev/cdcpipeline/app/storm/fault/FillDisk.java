package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.storm.stage.SmallDisk;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Leaves the target's tables no space on their disk for a while. */
final class FillDisk implements Fault {
  @Override
  public String name() {
    return "fill-disk";
  }

  @Override
  public String description() {
    return "the disk of the target's tables is full";
  }

  @Override
  public Optional<String> whyNot(StormStack stack) {
    return stack.disk().isPresent()
        ? Optional.empty()
        : Optional.of("a small disk can't be mounted here, which needs root");
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    SmallDisk disk = stack.disk().orElseThrow();
    disk.fill();
    try {
      Moments.last(Moments.between(3, 20, random));
    } finally {
      disk.free();
    }
    return "full";
  }
}
