package dev.cdcpipeline.bench.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What this process and the servers below it have spent and hold, by piece of the pipeline, read
 * from the system's own books (Linux). A server that has ended counts no more.
 *
 * @param seconds of processor time by process
 * @param pieces the piece by process
 */
record CpuTime(Map<Long, Double> seconds, Map<Long, String> pieces) {
  static final String CONNECT = "Connect (both connectors)";

  private static final double TICKS_A_SECOND = 100;
  private static final int USER_TIME = 11;

  /** How the embedded stack marks its processes. */
  private static final Pattern MARK = Pattern.compile("cdc\\.piece=([a-z]+)@");

  private static final Map<String, String> PIECES =
      Map.of(
          "connect", CONNECT,
          "broker", "broker",
          "registry", "registry",
          "streams", "Kafka Streams",
          "source", "source database",
          "target", "target database");

  /** What has been spent until now. */
  static CpuTime now() {
    Map<Long, Double> seconds = new HashMap<>();
    Map<Long, String> pieces = new HashMap<>();
    ProcessHandle self = ProcessHandle.current();
    seconds.put(self.pid(), spent(self).orElse(0.0));
    pieces.put(self.pid(), "the load and the measuring");
    for (ProcessHandle process : self.descendants().toList()) {
      Optional<String> piece = piece(process);
      Optional<Double> spent = spent(process);
      if (piece.isPresent() && spent.isPresent()) {
        seconds.put(process.pid(), spent.get());
        pieces.put(process.pid(), piece.get());
      }
    }
    return new CpuTime(seconds, pieces);
  }

  /** Seconds of processor since an earlier look, by piece. */
  Map<String, Double> since(CpuTime before) {
    Map<String, Double> spent = new TreeMap<>();
    seconds.forEach(
        (process, now) ->
            spent.merge(
                pieces.get(process), now - before.seconds.getOrDefault(process, 0.0), Double::sum));
    return spent;
  }

  /** MiB of memory that a piece's processes hold; shared memory counts once for each. */
  static double residentMegabytes(String piece) {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> piece(process).filter(piece::equals).isPresent())
        .mapToDouble(CpuTime::resident)
        .sum();
  }

  private static Optional<String> piece(ProcessHandle process) {
    try {
      String command = commandLine(process);
      Optional<ProcessHandle> parent = process.parent();
      if (command.startsWith("postgres:") && parent.isPresent()) {
        command = commandLine(parent.get()); // a backend has no mark of its own
      }
      Matcher mark = MARK.matcher(command);
      return mark.find() ? Optional.ofNullable(PIECES.get(mark.group(1))) : Optional.empty();
    } catch (IOException e) {
      // it has just ended
      return Optional.empty();
    }
  }

  private static String commandLine(ProcessHandle process) throws IOException {
    return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
  }

  private static Optional<Double> spent(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      // the name is in brackets and may have blanks
      List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
      return Optional.of(
          (Double.parseDouble(fields.get(USER_TIME))
                  + Double.parseDouble(fields.get(USER_TIME + 1)))
              / TICKS_A_SECOND);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static double resident(ProcessHandle process) {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
          .sum();
    } catch (IOException e) {
      return 0;
    }
  }
}
