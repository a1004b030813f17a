package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Way;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * How far the target is behind, looked at many times a second: the commit time of the source's last
 * transaction less that of the last one the target shows. Both times are the source's own.
 */
final class LagGauge implements AutoCloseable {
  private static final long PAUSE_NANOS = 20_000_000L;

  private final Connection source;
  private final Connection target;
  private final String targetQuery;
  private final Thread thread = new Thread(this::look, "bench-lag");
  private final List<Sample> samples = new ArrayList<>();
  private volatile double seconds;
  private volatile SQLException failure;
  private volatile boolean stopping;

  /**
   * One look.
   *
   * @param nanos when, by {@link System#nanoTime}
   * @param seconds how far behind
   */
  record Sample(long nanos, double seconds) {}

  /**
   * @param targetQuery gives the commit time of the last transaction that the target shows, as
   *     seconds since 1970
   */
  LagGauge(Connection source, Connection target, String targetQuery) {
    this.source = source;
    this.target = target;
    this.targetQuery = targetQuery;
    thread.setDaemon(true);
  }

  /**
   * What a way's target shows. By the topic way it is the time of the last record of the result
   * topic that is furthest behind, of those that a sale changes.
   */
  static LagGauge of(RunningWay way) throws SQLException {
    String shown =
        way.way() == Way.TABLE
            ? "SELECT extract(epoch FROM min(commit_time))::float8 FROM cdc.position"
            : "SELECT extract(epoch FROM min(last))::float8 FROM (SELECT max(commit_time) AS last"
                + " FROM cdc.offsets WHERE sink LIKE 'streamed-%' AND topic <>"
                + " 'data_quality_violations' GROUP BY topic) topics";
    return new LagGauge(way.source(), way.target(), shown);
  }

  LagGauge start() {
    thread.start();
    return this;
  }

  /** The lag at the last look. */
  double seconds() throws SQLException {
    if (failure != null) {
      throw failure;
    }
    return seconds;
  }

  /** All looks between two times. */
  synchronized List<Sample> between(long from, long to) {
    return samples.stream()
        .filter(sample -> sample.nanos() >= from && sample.nanos() <= to)
        .toList();
  }

  private void look() {
    try (PreparedStatement last =
            source.prepareStatement(
                "SELECT extract(epoch FROM last.at)::float8 FROM pg_last_committed_xact() AS"
                    + " last(xid, at)");
        PreparedStatement shown = target.prepareStatement(targetQuery)) {
      while (!stopping) {
        // the target first: asked the other way round, it could seem ahead
        double there = number(shown);
        double here = number(last);
        seconds = Math.max(0, here - there);
        synchronized (this) {
          samples.add(new Sample(System.nanoTime(), seconds));
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  private static double number(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      row.next();
      return row.getDouble(1);
    }
  }

  @Override
  public void close() throws SQLException {
    stopping = true;
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    source.close();
    target.close();
  }
}
