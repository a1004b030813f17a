package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.stack.ServerProcesses.ServerProcess;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.storm.stage.SecondWorker;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A second Connect worker joins, takes connectors and leaves, in order or by a crash. Now and then
 * the first one is frozen meanwhile, so that what it worked at is another's when it wakes up.
 */
final class JoinWorker implements Fault {
  @Override
  public String name() {
    return "join-worker";
  }

  @Override
  public String description() {
    return "a second Connect worker joins and leaves";
  }

  @Override
  public Optional<String> whyNot(StormStack stack) {
    return Files.isReadable(Path.of("/proc/self/cmdline"))
        ? Optional.empty()
        : Optional.of("this system does not show the commands of processes in /proc");
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    List<ServerProcess> first = stack.processes(Service.CONNECT);
    SecondWorker[] joined = new SecondWorker[1];
    Moments.persist("start a second worker", () -> joined[0] = SecondWorker.join(stack));
    boolean crash = random.nextBoolean();
    boolean frozen = random.nextInt(3) > 0;
    try {
      // its start takes a part of this
      Moments.last(Moments.between(10, 40, random));
      if (frozen) {
        FreezeServer.freeze(first, FreezeServer.time(Service.CONNECT, random));
        Moments.last(Moments.between(1, 10, random));
      }
    } finally {
      if (crash) {
        joined[0].kill();
      } else {
        joined[0].leave();
      }
    }
    return "%s and %s"
        .formatted(
            frozen ? "joined, while the first was frozen," : "joined",
            crash ? "was killed" : "left");
  }
}
