package dev.cdcpipeline.sink.crash;

import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.ledger.OffsetUpdate;
import dev.cdcpipeline.sink.mirror.FlushListener;
import dev.cdcpipeline.sink.mirror.FlushView;
import dev.cdcpipeline.sink.mirror.TransactionalWriter;
import dev.cdcpipeline.sink.mirror.WriterOptions;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.WriteException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A task in a process of its own, which halts at a place of its flush: it says {@code here} and
 * waits for a line, then goes on, says how the flush ended, and whether it may take up its work
 * again.
 */
final class StoppableTask {

  /** Where the task halts. */
  enum Place {
    /** Nothing is sent yet. */
    BEFORE_THE_TRANSACTION,
    /** The mirror's rows are written and locked. */
    AFTER_THE_ROWS,
    /** The ledger's row is written and locked too. */
    BEFORE_THE_COMMIT
  }

  private final Place place;
  private final long idleMillis;
  private final BufferedReader commands =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private Connection session;
  private boolean flushing;

  private StoppableTask(Place place, long idleMillis) {
    this.place = place;
    this.idleMillis = idleMillis;
  }

  /** Arguments: JDBC URL, idle-in-transaction timeout in milliseconds, place. */
  public static void main(String[] args) throws SQLException {
    new StoppableTask(Place.valueOf(args[2]), Long.parseLong(args[1])).run(options(args[0]));
  }

  static SessionOptions options(String url) {
    return SessionOptions.of(url, "postgres", null)
        .withLockTimeout(Duration.ofMillis(300))
        .withIdleInTransactionTimeout(Duration.ofHours(1));
  }

  private void run(SessionOptions options) throws SQLException {
    OffsetLedger ledger;
    try (Connection connection = TargetSession.open(options)) {
      session = connection;
      ledger = new OffsetLedger(connection, "cdc", "zombie");
      ledger.createObjects();
      ledger.claim(List.of(ZombieIT.LOG));
      flush(connection, ledger);
    }
    takeUp(options, ledger.epoch());
  }

  private void flush(Connection connection, OffsetLedger ledger) throws SQLException {
    try {
      TransactionalWriter writer =
          new TransactionalWriter(
              haltingAtCommit(connection),
              ledger,
              WriterOptions.defaults(),
              List.of(haltingAfterRows()));
      writer.stage(ZombieIT.orders("zombie"));
      flushing = true;
      haltAt(Place.BEFORE_THE_TRANSACTION);
      writer.commit(List.of(new OffsetUpdate(ZombieIT.LOG, null, 99, 0)), Optional.empty());
      say("committed");
    } catch (WriteException e) {
      say(e.getClass().getSimpleName());
    }
  }

  /** As the task does after a passing fault. */
  private void takeUp(SessionOptions options, long epoch) throws SQLException {
    try (Connection connection = TargetSession.open(options)) {
      new OffsetLedger(connection, "cdc", "zombie").resume(epoch, List.of(ZombieIT.LOG));
      say("resumed");
    } catch (WriteException e) {
      say(e.getClass().getSimpleName());
    }
  }

  private FlushListener haltingAfterRows() {
    return new FlushListener() {
      @Override
      public void beforeRows(FlushView flush) {}

      @Override
      public void afterRows(FlushView flush) throws SQLException {
        haltAt(Place.AFTER_THE_ROWS);
      }
    };
  }

  private Connection haltingAtCommit(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) -> {
              if (method.getName().equals("commit")) {
                haltAt(Place.BEFORE_THE_COMMIT);
              }
              try {
                return method.invoke(connection, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  // the short timeout begins here, so that a slow machine doesn't run into it on the way
  private void haltAt(Place here) throws SQLException {
    if (flushing && here == place) {
      if (here != Place.BEFORE_THE_TRANSACTION) {
        try (Statement statement = session.createStatement()) {
          statement.execute("SET idle_in_transaction_session_timeout = " + idleMillis);
        }
      }
      say("here");
      try {
        commands.readLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void say(String word) {
    System.out.println(word);
    System.out.flush();
  }
}
