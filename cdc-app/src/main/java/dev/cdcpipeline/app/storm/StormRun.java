package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.stack.Directories;
import dev.cdcpipeline.app.storm.Schedule.Strike;
import dev.cdcpipeline.app.storm.report.StormReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A storm and what follows it: data that are of no use any more are deleted; of a failure the logs
 * are gathered, and the faults of its round are tried again, fewer and fewer, on new stacks.
 */
public final class StormRun {
  private final StormOptions options;
  private final int shrinkingRuns;
  private final Consumer<String> say;

  /**
   * @param shrinkingRuns how many storms may follow a failure; 0 for none
   * @param say told what happens
   */
  public StormRun(StormOptions options, int shrinkingRuns, Consumer<String> say) {
    this.options = options;
    this.shrinkingRuns = shrinkingRuns;
    this.say = say;
  }

  /**
   * Runs it.
   *
   * @throws IllegalStateException if the storm itself can't go on, which says nothing of the
   *     pipeline
   */
  public StormReport run() throws Exception {
    Path data = options.directory().resolve("stack");
    Files.createDirectories(options.directory());
    Storm storm = new Storm(options, data, round -> Schedule.of(options, round), say);
    boolean over = false;
    StormReport report;
    try {
      report = storm.run();
      over = true;
    } finally {
      if (!over) {
        // what it says of itself is all that there is to look at
        gatherLogs(data);
      }
    }
    if (report.anomalyCount() > 0) {
      gatherLogs(data);
      List<Strike> strikes = storm.lastSchedule().strikes();
      writeSchedule("schedule.txt", strikes);
      shrink(strikes);
    }
    Directories.delete(data);
    return report;
  }

  private Path failure() throws IOException {
    return Files.createDirectories(options.directory().resolve("failure"));
  }

  private void gatherLogs(Path data) throws IOException {
    Path logs = data.resolve("logs");
    if (!Files.isDirectory(logs)) {
      return;
    }
    Path kept = Files.createDirectories(failure().resolve("logs"));
    try (Stream<Path> files = Files.list(logs)) {
      for (Path log : files.toList()) {
        Files.deleteIfExists(kept.resolve(log.getFileName()));
        Files.move(log, kept.resolve(log.getFileName()));
      }
    }
    say.accept("the logs are in " + kept);
  }

  private void writeSchedule(String name, List<Strike> strikes) throws IOException {
    Path file = failure().resolve(name);
    Files.writeString(
        file,
        strikes.stream()
            .map(Strike::toString)
            .collect(Collectors.joining("\n", "seed " + options.seed() + "\n", "\n")));
    say.accept("the faults of that round are in " + file);
  }

  private void shrink(List<Strike> strikes) throws Exception {
    if (shrinkingRuns == 0 || strikes.size() < 2) {
      return;
    }
    say.accept("trying fewer faults, at most %d times".formatted(shrinkingRuns));
    List<Strike> shrunk = new Shrinker<>(this::fails, shrinkingRuns).shrink(strikes);
    if (shrunk.size() < strikes.size()) {
      writeSchedule("shrunk.txt", shrunk);
    } else {
      say.accept("with fewer faults it did not fail again");
    }
  }

  private boolean fails(List<Strike> strikes) throws Exception {
    say.accept("again with " + strikes);
    Path data = options.directory().resolve("shrinking");
    try {
      StormOptions once = options.withLength(Duration.ofMillis(1));
      return new Storm(once, data, round -> new Schedule(strikes), quiet -> {}).run().anomalyCount()
          > 0;
    } finally {
      Directories.delete(data);
    }
  }
}
