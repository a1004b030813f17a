package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.stack.ServerProcesses.ServerProcess;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Kills a server as a crash would; the launcher starts another. */
final class KillServer implements Fault {
  private final Service service;

  KillServer(Service service) {
    this.service = service;
  }

  @Override
  public String name() {
    return "kill-" + service.id();
  }

  @Override
  public String description() {
    return "kill -9 of the " + service.title();
  }

  @Override
  public Optional<String> whyNot(StormStack stack) {
    return service == Service.STREAMS && !stack.way().hasTopics()
        ? Optional.of("this stack has no " + service.title())
        : Optional.empty();
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws InterruptedException {
    Moments.meetLarge(stack, random);
    List<ServerProcess> processes = stack.processes(service);
    processes.forEach(ServerProcess::kill);
    return processes.isEmpty() ? "it was down already" : "killed " + pids(processes);
  }

  private static String pids(List<ServerProcess> processes) {
    return String.join(
        ", ", processes.stream().map(process -> "process " + process.process().pid()).toList());
  }
}
