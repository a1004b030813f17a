package dev.cdcpipeline.app.monitor;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a pipeline is.
 *
 * @param health the worst of all
 * @param problems what is wrong, worst first; empty if healthy
 * @param connectors the connectors with their tasks
 * @param subjects what the registry holds
 * @param lags how far consumers are behind, by group and topic
 * @param slots the source's replication slots
 * @param positions how far each sink is
 * @param snapshots what is being loaded and not visible yet, by table
 * @param tables mirrors and results with their rows
 */
public record PipelineStatus(
    Health health,
    List<Problem> problems,
    List<Connector> connectors,
    List<String> subjects,
    List<Lag> lags,
    List<Slot> slots,
    List<Position> positions,
    List<Snapshot> snapshots,
    List<Table> tables) {

  /** How bad it is. */
  public enum Health {
    HEALTHY,
    /** It works in part, or will stop working. */
    DEGRADED,
    /** Nothing arrives. */
    DOWN
  }

  /**
   * Something wrong.
   *
   * @param what names the piece, says what is wrong with it and what to do
   */
  public record Problem(Health severity, String what) {}

  /**
   * A connector or one of its tasks.
   *
   * @param name the connector's name, followed by {@code /N} for task N
   * @param state as Connect says it
   * @param error why it failed, in one line; empty if it has not
   */
  public record Connector(String name, String state, String error) {}

  /**
   * How far a group is behind in a topic, summed over its partitions. Markers of transactions count
   * as records, so that a group that has read everything may show a few.
   *
   * @param records records between the group's committed offsets and the end
   */
  public record Lag(String group, String topic, long records) {}

  /**
   * A replication slot at the source.
   *
   * @param active whether a connector reads it
   * @param lagBytes how much was written since what the connector has confirmed
   * @param walStatus as PostgreSQL says it: reserved, extended, unreserved, lost
   */
  public record Slot(String name, boolean active, long lagBytes, String walStatus) {}

  /**
   * How far a sink is: the commit that the target is true to.
   *
   * @param commitLsn place of that commit at the source; empty before the first
   * @param commitTime when it was committed there
   * @param appliedAt when the sink wrote it
   * @param age how long ago, by the target's clock, the commit was
   */
  public record Position(
      String sink,
      Optional<String> commitLsn,
      Optional<Instant> commitTime,
      Optional<Instant> appliedAt,
      Optional<Duration> age) {}

  /**
   * A table of a snapshot that is being loaded.
   *
   * @param rows rows loaded
   * @param expected about how many the source has; empty if it was not asked or does not know
   * @param since how long ago the first was loaded
   */
  public record Snapshot(
      String sink, String table, long rows, Optional<Long> expected, Duration since) {

    /** How long the rest takes at the speed so far; empty if that is not known. */
    public Optional<Duration> left() {
      return expected
          .filter(all -> rows > 0)
          .map(all -> since.multipliedBy(Math.max(0, all - rows)).dividedBy(rows));
    }
  }

  /**
   * A table of the target.
   *
   * @param rows how many rows; about, if {@code estimated}
   */
  public record Table(String name, long rows, boolean estimated) {}
}
