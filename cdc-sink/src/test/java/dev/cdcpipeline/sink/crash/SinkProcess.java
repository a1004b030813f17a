package dev.cdcpipeline.sink.crash;

import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** One life of a scenario's sink in a process of its own, so that it can be killed. */
final class SinkProcess {
  private SinkProcess() {}

  static SessionOptions session(int port) {
    return SessionOptions.of(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?sslmode=disable&gssEncMode=disable",
        "postgres",
        null);
  }

  /** Starts one that writes the log as it is after so many {@link Scenario#grow}s. */
  static Process start(int port, Scenario.Kind kind, Target target, int grown) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dcrash.all=" + Scenario.ALL,
            SinkProcess.class.getName(),
            Integer.toString(port),
            kind.name(),
            Integer.toString(target.number()),
            Integer.toString(grown));
    return new ProcessBuilder(command).inheritIO().start();
  }

  /** Arguments: the server's port, the kind of scenario, the target's number, how often grown. */
  public static void main(String[] args) throws SQLException {
    Scenario scenario = Scenario.Kind.valueOf(args[1]).scenario();
    for (int i = 0; i < Integer.parseInt(args[3]); i++) {
      scenario.grow();
    }
    List<Long> ends = scenario.ends();
    scenario.write(
        new Target(Integer.parseInt(args[2])),
        session(Integer.parseInt(args[0])),
        ends.get(ends.size() - 1));
  }
}
