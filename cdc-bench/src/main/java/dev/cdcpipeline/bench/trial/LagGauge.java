package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.load.ShopTraffic;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * How far the target is behind, looked at many times a second: the time of the source's last commit
 * less that of the last one the target shows.
 */
final class LagGauge implements AutoCloseable {
  private static final long PAUSE_NANOS = 20_000_000L;

  private final Connection source;
  private final Connection target;
  private final String targetQuery;
  private final boolean ofTraffic;
  private final Thread thread = new Thread(this::look, "bench-lag");
  private final List<Sample> samples = new ArrayList<>();
  private volatile ShopTraffic traffic;
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

  private LagGauge(Connection source, Connection target, String targetQuery, boolean ofTraffic) {
    this.source = source;
    this.target = target;
    this.targetQuery = targetQuery;
    this.ofTraffic = ofTraffic;
    thread.setDaemon(true);
  }

  /**
   * What a way's target shows. By the table way both times are the source's own. By the topic way
   * the target shows the time of the last record of the result topic that is furthest behind, of
   * those that a sale changes; other transactions of the source don't get there, so that the last
   * commit is that of the traffic that {@link #follow}s.
   */
  static LagGauge of(RunningWay way) throws SQLException {
    boolean topics = way.way() == Way.TOPICS;
    String shown =
        topics
            ? "SELECT extract(epoch FROM min(last))::float8 FROM (SELECT max(commit_time) AS last"
                + " FROM cdc.offsets WHERE sink LIKE 'streamed-%' AND topic <>"
                + " 'data_quality_violations' GROUP BY topic) topics"
            : "SELECT extract(epoch FROM min(commit_time))::float8 FROM cdc.position";
    return new LagGauge(way.source(), way.target(), shown, topics);
  }

  /** Whose commits count from now on, by the topic way. */
  ShopTraffic follow(ShopTraffic watched) {
    traffic = watched;
    return watched;
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
        double here = ofTraffic ? lastOfTraffic() : number(last);
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

  private double lastOfTraffic() {
    ShopTraffic followed = traffic;
    return followed == null ? 0 : followed.lastCommitMillis() / 1e3;
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
