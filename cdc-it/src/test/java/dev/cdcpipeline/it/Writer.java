package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;

/**
 * Writes to all tables of a scenario without an end, and holds still while a table is compared with
 * its mirror.
 */
final class Writer implements AutoCloseable {
  private static final long PAUSE_NANOS = 50_000_000L;

  private final TableWay way;
  private final Set<String> tables = ConcurrentHashMap.newKeySet();
  private final AtomicReference<SQLException> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::run, "writer");
  private volatile boolean closed;

  Writer(TableWay way, List<String> tables) {
    this.way = way;
    this.tables.addAll(tables);
  }

  void start() {
    thread.start();
  }

  /** Leaves a table alone from now on. */
  synchronized void without(String table) {
    tables.remove(table);
  }

  private void run() {
    try (Connection source = way.source();
        Statement statement = source.createStatement()) {
      for (int i = 1; !closed; i++) {
        round(statement, i);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (SQLException e) {
      failure.compareAndSet(null, e);
    }
  }

  private synchronized void round(Statement statement, int number) throws SQLException {
    for (String table : tables) {
      statement.execute(
          "INSERT INTO fidelity.%1$s (a, price) VALUES (%2$d, %2$d %% 100); UPDATE fidelity.%1$s SET a = -a WHERE id = (SELECT min(id) + %2$d / 2 FROM fidelity.%1$s); DELETE FROM fidelity.%1$s WHERE id %% 7 = 0 AND id < (SELECT max(id) - 20 FROM fidelity.%1$s)"
              .formatted(table, number));
    }
  }

  /** Waits for arrival and compares the mirror and the result over it. */
  void assertEqual(String table) {
    assertAllEqual(List.of(table));
  }

  /** The same for several tables. */
  synchronized void assertAllEqual(List<String> compared) {
    assertThat(failure).as("the writer goes on").hasValue(null);
    way.awaitArrival();
    compared.forEach(this::assertSame);
  }

  private void assertSame(String table) {
    MirrorRows.assertSame(way, "fidelity", table);
    String result = "SELECT id % 10 AS ten, count(*) AS n, round(sum(price), 2) AS total FROM ";
    assertThat(way.targetRows("SELECT ten, n, total FROM analytics." + table + "_tens ORDER BY 1"))
        .as("result over " + table)
        .isEqualTo(way.sourceRows(result + "fidelity." + table + " GROUP BY 1 ORDER BY 1"));
  }

  /** The same where rows arrive that no change at the source announces. */
  void assertEventuallyEqual(String table) {
    Awaitility.await("the mirror of " + table + " is equal")
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> assertEqual(table));
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(Duration.ofSeconds(30).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
