package dev.cdcpipeline.app.storm.fault;

import dev.cdcpipeline.app.stack.ServerProcesses.ServerProcess;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Stops a server as it is, by SIGSTOP, for longer than the others wait for it: what comes back does
 * not know that it was away.
 */
final class FreezeServer implements Fault {
  /** Session timeouts are 10 s for workers and sinks. */
  private static final int LEAST_SECONDS = 12;

  private static final int MOST_SECONDS = 25;

  /** Kafka Streams has Kafka's default of 45 s. */
  private static final int STREAMS_LEAST_SECONDS = 48;

  private static final int STREAMS_MOST_SECONDS = 60;

  private final Service service;

  FreezeServer(Service service) {
    this.service = service;
  }

  @Override
  public String name() {
    return "freeze-" + service.id();
  }

  @Override
  public String description() {
    return "SIGSTOP of the " + service.title() + " for longer than session timeouts";
  }

  @Override
  public Optional<String> whyNot(StormStack stack) {
    return service == Service.STREAMS && !stack.way().hasTopics()
        ? Optional.of("this stack has no " + service.title())
        : Optional.empty();
  }

  @Override
  public String strike(StormStack stack, RandomGenerator random) throws Exception {
    List<ServerProcess> frozen = stack.processes(service);
    freeze(frozen, time(service, random));
    return frozen.isEmpty() ? "it was down already" : "frozen";
  }

  /** A time that is longer than the others wait for a server. */
  static Duration time(Service service, RandomGenerator random) {
    boolean streams = service == Service.STREAMS;
    return Moments.between(
        streams ? STREAMS_LEAST_SECONDS : LEAST_SECONDS,
        streams ? STREAMS_MOST_SECONDS : MOST_SECONDS,
        random);
  }

  /** Stops processes as they are, and lets them go on after a time. */
  static void freeze(List<ServerProcess> processes, Duration time) throws InterruptedException {
    processes.forEach(ServerProcess::freeze);
    try {
      Moments.last(time);
    } finally {
      processes.forEach(ServerProcess::thaw);
    }
  }
}
