package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    try (Connection connection = DriverManager.getConnection(sourceJdbcUrl);
        Statement statement = connection.createStatement()) {
      Lsn before;
      try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()")) {
        row.next();
        before = Lsn.parse(row.getString(1));
      }
      statement.execute("SELECT pg_logical_emit_message(true, 'cdc', 'marker')");
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
    try (Statement statement = target.createStatement();
        ResultSet row = statement.executeQuery("SELECT min(commit_lsn) FROM cdc.position")) {
      row.next();
      return Optional.ofNullable(row.getString(1)).map(Lsn::parse);
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
        Optional<Lsn> position = position(connection);
        while (position.isEmpty() || position.get().compareTo(place) <= 0) {
          long now = System.nanoTime();
          if (now - start > atMost.toNanos() || Thread.currentThread().isInterrupted()) {
            throw new ReconcileException(
                "the target did not get past source position "
                    + place
                    + " within "
                    + atMost.toSeconds()
                    + " s: it is at "
                    + position.map(Lsn::toString).orElse("no position yet")
                    + "; see what `cdc status` says of the connectors");
          }
          if (now - reminded > REMIND_NANOS) {
            reminded = now;
            waiting.accept(
                "waiting for the target: at "
                    + position.map(Lsn::toString).orElse("no position yet")
                    + ", wanted past "
                    + place);
          }
          LockSupport.parkNanos(PAUSE_NANOS);
          position = position(connection);
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
