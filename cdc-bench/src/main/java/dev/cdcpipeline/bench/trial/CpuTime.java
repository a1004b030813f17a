package dev.cdcpipeline.bench.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

  /** The words of a command line end with NUL. */
  private static final String DATA_DIRECTORY = "\0-D\0";

  private static final Pattern SOURCE_DATA = Pattern.compile("\0-D\0[^\0]*/source\0");

  /** Words of a command line that tell a piece; a server process below it is of the same piece. */
  private static final Map<String, String> MARKS =
      Map.of(
          "ConnectDistributed", CONNECT,
          "BrokerProcess", "broker",
          "runner.jar", "registry",
          "StreamsApplication", "Kafka Streams");

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
      String command = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
      for (Map.Entry<String, String> mark : MARKS.entrySet()) {
        if (command.contains(mark.getKey())) {
          return Optional.of(mark.getValue());
        }
      }
      if (command.contains("postgres")) {
        return Optional.of(postgres(process, command));
      }
    } catch (IOException e) {
      // it has just ended
      return Optional.empty();
    }
    return Optional.empty();
  }

  /** A backend names its database; the others belong to the server above them. */
  private static String postgres(ProcessHandle process, String command) throws IOException {
    String all = command;
    Optional<ProcessHandle> parent = process.parent();
    if (!command.contains(DATA_DIRECTORY) && parent.isPresent()) {
      all += Files.readString(Path.of("/proc/" + parent.get().pid() + "/cmdline"));
    }
    return SOURCE_DATA.matcher(all).find() ? "source database" : "target database";
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
