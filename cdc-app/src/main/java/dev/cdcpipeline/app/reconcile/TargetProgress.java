package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Waits until the target holds everything the source had committed.
 *
 * <p>The last write at the source need not be a change the pipeline carries, so the target's
 * position need not reach the source's. A marker settles it: a transaction of nothing but a logical
 * message, which comes through as an empty transaction. Once the target's position is past the
 * place the source was at before the marker, all that was committed before has arrived.
 */
public final class TargetProgress {

  private static final long PAUSE_NANOS = 20_000_000L;
  private static final long RETRY_NANOS = 500_000_000L;
  private static final long REMIND_NANOS = 5_000_000_000L;

  private TargetProgress() {}

  /**
   * Puts a marker into the source's log.
   *
   * @return the source's place before the marker
   * @throws ReconcileException the source is away
   */
  public static Lsn mark(String sourceJdbcUrl) {
    try (Connection connection = DriverManager.getConnection(sourceJdbcUrl)) {
      Lsn before = Marker.endOfLog(connection);
      Marker.put(connection);
      return before;
    } catch (SQLException e) {
      throw ReconcileException.of("cannot put a marker into the source's log", e);
    }
  }

  /**
   * How far the target is: the commit that its tables are true to.
   *
   * @return nothing before the first transaction or snapshot
   */
  public static Optional<Lsn> position(Connection target) throws SQLException {
    return SinkPositions.all(target).lsn();
  }

  /**
   * Waits until a table of the target has a row.
   *
   * @param table with its schema
   * @param waiting told now and then
   * @throws ReconcileException the time is over, or the target is away
   */
  public static void awaitRow(
      String targetJdbcUrl, String table, Duration atMost, Consumer<String> waiting) {
    long start = System.nanoTime();
    long reminded = start;
    try (Connection connection = DriverManager.getConnection(targetJdbcUrl)) {
      while (!hasRow(connection, table)) {
        long now = System.nanoTime();
        if (now - start > atMost.toNanos() || Thread.currentThread().isInterrupted()) {
          throw new ReconcileException(
              table
                  + " has no row after "
                  + atMost.toSeconds()
                  + " s; see what `cdc status` says of the connectors");
        }
        if (now - reminded > REMIND_NANOS) {
          reminded = now;
          waiting.accept("waiting for the first row of " + table);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (SQLException e) {
      throw ReconcileException.of("cannot read " + table, e);
    }
  }

  private static boolean hasRow(Connection target, String table) throws SQLException {
    return Query.isThere(target, table)
        && Query.of("SELECT FROM " + table + " LIMIT 1").hasRow(target);
  }

  /**
   * Waits until everything before a place has left the source: the connector has written it to its
   * topics and said so to the replication slot, which it does with its offsets, in the transaction
   * of the records.
   *
   * @param waiting told now and then how far the slot is
   * @throws ReconcileException the time is over, or the source is away
   */
  public static void awaitSource(
      String sourceJdbcUrl, Lsn place, Duration atMost, Consumer<String> waiting) {
    long start = System.nanoTime();
    long reminded = start;
    try (Connection connection = DriverManager.getConnection(sourceJdbcUrl)) {
      while (true) {
        Optional<Lsn> reached = TopicArrival.confirmed(connection);
        if (reached.isPresent() && reached.get().compareTo(place) > 0) {
          return;
        }
        long now = System.nanoTime();
        String at = reached.map(Lsn::toString).orElse("no place: there is no replication slot");
        if (now - start > atMost.toNanos() || Thread.currentThread().isInterrupted()) {
          throw new ReconcileException(
              "the source connector did not get past source position "
                  + place
                  + " within "
                  + atMost.toSeconds()
                  + " s: it is at "
                  + at
                  + "; see what `cdc status` says of it");
        }
        if (now - reminded > REMIND_NANOS) {
          reminded = now;
          waiting.accept("waiting for the source connector: at " + at + ", wanted past " + place);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (SQLException e) {
      throw ReconcileException.of("cannot read the source's replication slots", e);
    }
  }

  /**
   * Waits until the target is past a place.
   *
   * @param waiting told now and then how far the target is
   * @throws ReconcileException the time is over, or the target is away
   */
  public static void await(
      String targetJdbcUrl, Lsn place, Duration atMost, Consumer<String> waiting) {
    long start = System.nanoTime();
    long reminded = start;
    while (true) {
      String reached;
      try (Connection connection = DriverManager.getConnection(targetJdbcUrl)) {
        SinkPositions.Position position = SinkPositions.all(connection);
        while (position.lsn().isEmpty() || position.lsn().get().compareTo(place) <= 0) {
          long now = System.nanoTime();
          if (now - start > atMost.toNanos() || Thread.currentThread().isInterrupted()) {
            throw new ReconcileException(
                "the target did not get past source position "
                    + place
                    + " within "
                    + atMost.toSeconds()
                    + " s: "
                    + position.what()
                    + "; see what `cdc status` says of the connectors; `cdc sink drop NAME`"
                    + " removes the ledger that a deleted connector has left");
          }
          if (now - reminded > REMIND_NANOS) {
            reminded = now;
            waiting.accept("waiting for the target: " + position.what() + ", wanted past " + place);
          }
          LockSupport.parkNanos(PAUSE_NANOS);
          position = SinkPositions.all(connection);
        }
        return;
      } catch (SQLException e) {
        if (System.nanoTime() - start > atMost.toNanos()) {
          throw ReconcileException.of("cannot read the target's position", e);
        }
        reached = e.getMessage();
      }
      waiting.accept("waiting for the target: " + reached);
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }
}
