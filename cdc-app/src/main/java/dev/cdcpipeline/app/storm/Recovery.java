package dev.cdcpipeline.app.storm;

import dev.cdcpipeline.app.reconcile.ReconcileException;
import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.storm.stage.StormStack;
import dev.cdcpipeline.model.event.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Measures when a pipeline works again: when the target shows what was committed after a fault. */
final class Recovery {
  private static final long LOOK_NANOS = 150_000_000L;

  private final StormStack stack;

  Recovery(StormStack stack) {
    this.stack = stack;
  }

  /**
   * Waits for it.
   *
   * @return how long it took; empty if it took longer than the limit
   */
  Optional<Duration> await(Duration limit) {
    return await(limit, stack.way().hasTopics());
  }

  /** The same for mirrors and results alone, before the shop lives. */
  Optional<Duration> awaitTarget(Duration limit) {
    return await(limit, false);
  }

  private Optional<Duration> await(Duration limit, boolean streams) {
    long begin = System.nanoTime();
    Instant from = Instant.now();
    Lsn mark = null;
    boolean streamed = !streams;
    while (System.nanoTime() - begin < limit.toNanos()) {
      try {
        if (mark == null) {
          mark = TargetProgress.mark(stack.endpoints().sourceJdbcUrl());
        }
        try (Connection target = stack.target()) {
          // one connection for as long as it answers: each costs the target a process
          while (System.nanoTime() - begin < limit.toNanos()) {
            Optional<Lsn> position = TargetProgress.position(target);
            streamed = streamed || hasStreamed(target, from);
            if (streamed && position.isPresent() && position.get().compareTo(mark) > 0) {
              return Optional.of(Duration.ofNanos(System.nanoTime() - begin));
            }
            LockSupport.parkNanos(LOOK_NANOS);
            if (Thread.currentThread().isInterrupted()) {
              return Optional.empty();
            }
          }
        }
      } catch (SQLException | ReconcileException e) {
        // a database is away: look again
      }
      LockSupport.parkNanos(LOOK_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** The shop never rests for longer than a lull, so that a later event of an order comes soon. */
  private static boolean hasStreamed(Connection target, Instant from) throws SQLException {
    Timestamp last =
        Query.of("SELECT max(event_timestamp) FROM streamed.order_events")
            .one(target, row -> row.getTimestamp(1));
    return last != null && last.toLocalDateTime().toInstant(ZoneOffset.UTC).isAfter(from);
  }
}
