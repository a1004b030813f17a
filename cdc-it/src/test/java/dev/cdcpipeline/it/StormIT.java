package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.app.storm.StormOptions;
import dev.cdcpipeline.app.storm.StormRun;
import dev.cdcpipeline.app.storm.fault.Faults;
import dev.cdcpipeline.app.storm.report.StormReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A short storm: one round of faults that are soon over, on a pipeline of its own.
 *
 * <p>{@code -Dstorm.seed=N} lets other faults happen; {@code ./cdc storm} is the long form.
 */
class StormIT {
  /** Even: the faults begin when the first snapshot is in the target. */
  private static final long SEED = Long.getLong("storm.seed", 2);

  private static final Duration ROUND = Duration.ofSeconds(40);
  private static final Duration BETWEEN = Duration.ofSeconds(8);

  @Test
  void nothingIsLostAndEveryViewIsThatOfACommit() throws Exception {
    assumeTrue(StackKind.selected().contains(StackKind.EMBEDDED), "not asked for: embedded");
    Path directory = Files.createTempDirectory(Path.of("target"), "storm-").toAbsolutePath();
    StormOptions options =
        new StormOptions(
            // one round: the next would begin only before this is over
            Duration.ofSeconds(1),
            ROUND,
            BETWEEN,
            SEED,
            Stream.of(
                    "kill-connect",
                    "kill-target",
                    "terminate-walsender",
                    "terminate-sink",
                    "cut-link",
                    "incremental-snapshot")
                .map(Faults::named)
                .map(Optional::orElseThrow)
                .toList(),
            directory,
            Way.TABLE);

    StormReport report = new StormRun(options, 0, System.out::println).run();

    assertThat(report.anomalies())
        .as("anomalies of the storm with seed %d; its logs are in %s/failure", SEED, directory)
        .isEmpty();
    assertThat(report.anomalyCount()).as("anomalies").isZero();
    assertThat(report.strikes()).as("faults").isNotEmpty();
    assertThat(report.sourceTransactions()).as("source transactions").isPositive();
    assertThat(report.reads()).as("views that were compared").isPositive();
    assertThat(report.rowsCompared()).as("rows that were compared").isPositive();
  }
}
