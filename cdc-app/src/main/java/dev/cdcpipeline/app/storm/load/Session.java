package dev.cdcpipeline.app.storm.load;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.storm.check.ListCheck;
import dev.cdcpipeline.app.storm.check.ListCheck.Outcome;
import dev.cdcpipeline.app.storm.stage.StormStack;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * One client of the source: transactions one after the other, some rolled back, some prepared
 * first. Opens another connection whenever the source was away, and then does not know what became
 * of a commit under way. Used by one thread.
 */
final class Session implements Runnable {
  private static final Duration AWAY = Duration.ofMillis(250);
  private static final Duration UNDECIDED = Duration.ofMillis(600);
  private static final Duration RESTING = Duration.ofMillis(100);

  /** The session that stays open in a lull, and the one that commits meanwhile. */
  private static final int OPEN = 1;

  private static final int BETWEEN = 2;

  private static final int ROLLED_BACK_OF = 25;
  private static final int PREPARED_OF = 20;

  /** An insert, an update, a delete: what the procedure does by turns. */
  private static final int QUICK_STEPS = 3;

  private static final int LEAST_TURNS = 3;
  private static final int MORE_TURNS = 10;

  /** Classes of SQLSTATE that a source under faults and under load gives to an honest client. */
  private static final Set<String> EXPECTED = Set.of("08", "57", "53", "40", "55", "23", "25");

  private final Sessions sessions;
  private final StormStack stack;
  private final ListCheck lists;
  private final Works works;
  private final int number;
  private final boolean quick;
  private final Random random;
  private long transactions;
  private long quickRows;

  /** A transaction that was prepared, and then the connection was lost. */
  private SessionTransaction undecided;

  private enum Stage {
    WORKING,
    COMMITTING,
    DONE
  }

  private Stage stage = Stage.DONE;

  /**
   * @param quick whether it has the server run many short transactions at each call
   */
  Session(
      Sessions sessions,
      StormStack stack,
      ListCheck lists,
      Works works,
      int number,
      boolean quick,
      Random random) {
    this.sessions = sessions;
    this.stack = stack;
    this.lists = lists;
    this.works = works;
    this.number = number;
    this.quick = quick;
    this.random = random;
  }

  @Override
  public void run() {
    try {
      while (!sessions.isStopped()) {
        try (Connection connection = stack.source()) {
          connection.setAutoCommit(quick);
          while (!sessions.isStopped()) {
            if (sessions.lulls().isNow()) {
              lull(connection);
            } else {
              write(connection, works.any(random));
              LockSupport.parkNanos(sessions.thinking(random).toNanos());
            }
          }
        } catch (SQLException e) {
          requireExpected(e);
          LockSupport.parkNanos(AWAY.toNanos());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException | RuntimeException e) {
      sessions.failed(number, e);
    }
  }

  /**
   * One session holds a transaction open in which another one's commit lies; all others rest. So
   * the log goes on behind that commit with a change of a transaction that has changed something
   * before.
   */
  private void lull(Connection connection) throws SQLException, InterruptedException {
    Handover handover = sessions.handover();
    if (number == OPEN) {
      write(connection, transaction -> Works.held(transaction, handover));
    } else if (number == BETWEEN && handover.isAsked()) {
      try {
        write(connection, Works::small);
      } finally {
        handover.committed();
      }
    } else {
      LockSupport.parkNanos(RESTING.toNanos());
    }
  }

  private void write(Connection connection, Work work) throws SQLException, InterruptedException {
    sessions.gate().enter();
    try {
      if (quick) {
        callQuick(connection);
      } else {
        settle(connection);
        transaction(connection, work);
      }
    } finally {
      sessions.gate().leave();
    }
  }

  private static void requireExpected(SQLException e) throws SQLException {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    if (state.length() < 2 || !EXPECTED.contains(state.substring(0, 2))) {
      throw e;
    }
  }

  /**
   * A source commits more in a second than clients of this process could ask it for, so these
   * transactions are a procedure's.
   */
  private void callQuick(Connection connection) throws SQLException {
    int count = QUICK_STEPS * (LEAST_TURNS + random.nextInt(MORE_TURNS));
    long first = SessionTransaction.quickId(number, quickRows);
    // whatever becomes of it, these keys were used
    quickRows += count;
    Query.of("CALL storm_quick(?, ?, ?)", number, first, count).run(connection);
  }

  private void transaction(Connection connection, Work work) throws SQLException {
    SessionTransaction transaction =
        new SessionTransaction(
            connection, random, number, number + "." + ++transactions, sessions.lists());
    boolean prepare = random.nextInt(PREPARED_OF) == 0;
    boolean rollBack = random.nextInt(ROLLED_BACK_OF) == 0;
    Outcome outcome = Outcome.ABORTED;
    stage = Stage.WORKING;
    try {
      work.run(transaction);
      if (prepare) {
        outcome = prepare(connection, transaction, rollBack);
      } else if (rollBack) {
        connection.rollback();
      } else {
        stage = Stage.COMMITTING;
        connection.commit();
        outcome = Outcome.COMMITTED;
        if (transaction.isLarge()) {
          stack.largeTransactions().committed();
        }
      }
      stage = Stage.DONE;
    } catch (SQLException e) {
      requireExpected(e);
      boolean lost = e.getSQLState().startsWith("08") || e.getSQLState().startsWith("57");
      if (stage == Stage.COMMITTING && lost) {
        outcome = Outcome.UNKNOWN;
      }
      if (lost) {
        throw e;
      }
      connection.setAutoCommit(false);
      connection.rollback();
    } finally {
      if (undecided == null) {
        end(transaction, outcome);
      }
    }
  }

  private void end(SessionTransaction transaction, Outcome outcome) {
    lists.appended(transaction.name(), transaction.lists(), outcome);
    sessions.ended(outcome);
  }

  private Outcome prepare(Connection connection, SessionTransaction transaction, boolean rollBack)
      throws SQLException {
    undecided = transaction;
    stage = Stage.COMMITTING;
    Query.of("PREPARE TRANSACTION '" + gid(transaction) + "'").run(connection);
    transaction.pause(UNDECIDED);
    connection.setAutoCommit(true);
    Query.of((rollBack ? "ROLLBACK" : "COMMIT") + " PREPARED '" + gid(transaction) + "'")
        .run(connection);
    connection.setAutoCommit(false);
    undecided = null;
    return rollBack ? Outcome.ABORTED : Outcome.COMMITTED;
  }

  private static String gid(SessionTransaction transaction) {
    return "storm-" + transaction.name();
  }

  /** Commits what was prepared before the connection was lost, if it is there. */
  private void settle(Connection connection) throws SQLException {
    if (undecided == null) {
      return;
    }
    boolean there =
        Query.of("SELECT FROM pg_prepared_xacts WHERE gid = ?", gid(undecided)).hasRow(connection);
    connection.rollback();
    if (there) {
      connection.setAutoCommit(true);
      Query.of("COMMIT PREPARED '" + gid(undecided) + "'").run(connection);
      connection.setAutoCommit(false);
    }
    SessionTransaction settled = undecided;
    undecided = null;
    end(settled, there ? Outcome.COMMITTED : Outcome.UNKNOWN);
  }
}
