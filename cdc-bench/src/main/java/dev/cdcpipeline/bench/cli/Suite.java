package dev.cdcpipeline.bench.cli;

import dev.cdcpipeline.bench.trial.JavaChild;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Every benchmark, those that share a stack together, each group in a process of its own with a
 * limit of time: what fails or hangs costs only itself, and its servers are stopped.
 */
final class Suite {
  /** Less is not enough to start a stack. */
  private static final Duration SHORTEST = Duration.ofSeconds(40);

  /** The most telling first, should the time be over before the end. */
  private static final List<Group> GROUPS =
      List.of(
          new Group(List.of("latency", "throughput", "catchup", "source"), minutes(7), minutes(45)),
          new Group(List.of("latency-topics", "throughput-topics"), minutes(6), minutes(30)),
          new Group(List.of("sink"), minutes(5), minutes(60)),
          new Group(List.of("transform"), minutes(3), minutes(20)),
          new Group(List.of("snapshot"), minutes(3), minutes(20)),
          new Group(List.of("growth"), minutes(4), minutes(40)),
          new Group(List.of("jmh"), minutes(4), minutes(90)));

  private record Group(List<String> names, Duration quickLimit, Duration fullLimit) {}

  private final boolean quick;
  private final List<String> options;
  private final PrintWriter err;

  /**
   * @param options handed on to each group's process
   */
  Suite(boolean quick, List<String> options, PrintWriter err) {
    this.quick = quick;
    this.options = List.copyOf(options);
    this.err = err;
  }

  /** What it runs. */
  static List<String> names() {
    return GROUPS.stream().flatMap(group -> group.names().stream()).toList();
  }

  private static Duration minutes(int minutes) {
    return Duration.ofMinutes(minutes);
  }

  /**
   * Runs them.
   *
   * @param total how long all may take together; what does not fit is left out
   * @param afterEach called when a group has ended, however it has
   * @return the groups that were not measured to the end
   */
  List<String> run(Duration total, Runnable afterEach) throws IOException, InterruptedException {
    List<String> failed = new ArrayList<>();
    long end = System.nanoTime() + total.toNanos();
    for (Group group : GROUPS) {
      Duration left = Duration.ofNanos(end - System.nanoTime());
      if (left.compareTo(SHORTEST) < 0) {
        failed.add(String.join(" ", group.names()) + ": no time was left");
        continue;
      }
      List<String> arguments = new ArrayList<>(group.names());
      arguments.addAll(options);
      err.println("== " + String.join(" ", group.names()));
      err.flush();
      try (JavaChild child =
          JavaChild.start(jvmOptions(), BenchCommand.class.getName(), arguments, null)) {
        Duration limit = quick ? group.quickLimit() : group.fullLimit();
        int code = child.await(limit.compareTo(left) < 0 ? limit : left);
        if (code != 0) {
          failed.add(
              String.join(" ", group.names())
                  + (code < 0 ? ": not done in time" : ": exit code " + code));
        }
      }
      afterEach.run();
    }
    return failed;
  }

  private static List<String> jvmOptions() {
    List<String> options = new ArrayList<>(List.of("-Xmx1g", "-XX:+UseSerialGC"));
    for (String property : List.of("cdc.home", "cdc.bench.home", "cdc.root")) {
      options.add("-D" + property + "=" + System.getProperty(property));
    }
    return options;
  }
}
