package dev.cdcpipeline.app.monitor;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
 * @param comparisons what the comparison in the background has found, by table; empty if none has
 *     run
 * @param comparing what that comparison does now; empty if none has run
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
    List<Table> tables,
    List<Comparison> comparisons,
    Optional<String> comparing) {

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

  /**
   * What the comparison in the background has found of a table.
   *
   * @param table the table in the target, with its schema
   * @param comparedWith the source table, or the result's definition
   * @param state equal, different or failed
   * @param rows rows compared
   * @param differences rows that differ for good
   * @param undecided rows that were written during each look at them
   * @param commit every row was compared as of this source commit or a later one
   * @param comparedAt when
   * @param differentSince when the first difference was found; empty if there is none
   * @param problem why it could not be compared; empty if it was
   * @param first the first rows that differ
   */
  public record Comparison(
      String table,
      String comparedWith,
      String state,
      long rows,
      long differences,
      long undecided,
      Optional<String> commit,
      Instant comparedAt,
      Optional<Instant> differentSince,
      Optional<String> problem,
      List<Difference> first) {

    /** Keeps a copy. */
    public Comparison {
      first = List.copyOf(first);
    }
  }

  /**
   * A row that differs.
   *
   * @param kind missing, unexpected or different
   * @param key the key's columns with their values
   * @param columns the columns whose values differ; empty if only one side has the row
   */
  public record Difference(String kind, Map<String, String> key, List<String> columns) {

    /** Keeps copies. */
    public Difference {
      key = Map.copyOf(key);
      columns = List.copyOf(columns);
    }
  }
}
