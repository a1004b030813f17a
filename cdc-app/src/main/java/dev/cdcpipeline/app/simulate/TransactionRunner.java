package dev.cdcpipeline.app.simulate;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs transactions on one connection, with a prepared statement for each text; neighbouring
 * statements with one text go as one batch. Opens the connection anew when it is lost. Not
 * thread-safe.
 */
final class TransactionRunner implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TransactionRunner.class);
  private static final int MAX_DEADLOCK_RETRIES = 10;
  private static final int MAX_RECONNECTS = 60;
  private static final long RECONNECT_PAUSE_NANOS = 500_000_000L;

  /** Opens a connection to the source. */
  interface Connector {
    Connection open() throws SQLException;
  }

  /**
   * What became of a transaction.
   *
   * @param committed false if the database refused it, or if the connection was lost on the way
   * @param changes rows inserted, updated or deleted
   * @param retries how often it was run again after a deadlock
   */
  record Outcome(boolean committed, long changes, int retries) {}

  private final Connector connector;
  private final LongConsumer parkNanos;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private Connection connection;

  TransactionRunner(Connector connector, LongConsumer parkNanos) {
    this.connector = connector;
    this.parkNanos = parkNanos;
  }

  /**
   * Runs one transaction to its end, whatever that is.
   *
   * @throws SimulationException the source stays away
   */
  Outcome run(ShopTransaction transaction) {
    int retries = 0;
    while (true) {
      try {
        if (connection == null) {
          connect();
        }
        long changes = 0;
        List<ShopStatement> statements = transaction.statements();
        int from = 0;
        while (from < statements.size()) {
          int to = from + 1;
          while (to < statements.size()
              && statements.get(to).sql().equals(statements.get(from).sql())) {
            to++;
          }
          changes += execute(statements.subList(from, to));
          from = to;
        }
        connection.commit();
        return new Outcome(true, changes, retries);
      } catch (SQLException e) {
        rollBack();
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if ((state.equals("40P01") || state.equals("40001")) && retries < MAX_DEADLOCK_RETRIES) {
          retries++;
        } else {
          // Not run again after a lost connection either: it may have been committed.
          LOG.info(
              "transaction {} failed: SQLSTATE {}, {}",
              transaction.activity(),
              state,
              e.getMessage());
          return new Outcome(false, 0, retries);
        }
      }
    }
  }

  private long execute(List<ShopStatement> statements) throws SQLException {
    PreparedStatement statement = prepared.get(statements.get(0).sql());
    if (statement == null) {
      statement = connection.prepareStatement(statements.get(0).sql());
      prepared.put(statements.get(0).sql(), statement);
    }
    if (statements.size() == 1) {
      bind(statement, statements.get(0));
      return statement.executeUpdate();
    }
    for (ShopStatement one : statements) {
      bind(statement, one);
      statement.addBatch();
    }
    long changes = 0;
    for (int count : statement.executeBatch()) {
      changes += count;
    }
    return changes;
  }

  private static void bind(PreparedStatement prepared, ShopStatement statement)
      throws SQLException {
    for (int i = 0; i < statement.parameters().size(); i++) {
      prepared.setObject(i + 1, statement.parameters().get(i));
    }
  }

  private void connect() {
    for (int attempt = 1; ; attempt++) {
      try {
        connection = connector.open();
        connection.setAutoCommit(false);
        return;
      } catch (SQLException e) {
        if (attempt == MAX_RECONNECTS) {
          throw SimulationException.of(
              "cannot connect to the source after " + attempt + " attempts", e);
        }
        parkNanos.accept(RECONNECT_PAUSE_NANOS);
      }
    }
  }

  private void rollBack() {
    try {
      connection.rollback();
      for (PreparedStatement statement : prepared.values()) {
        statement.clearBatch();
      }
    } catch (SQLException lost) {
      LOG.info("lost the connection to the source: {}", lost.getMessage());
      close();
    }
  }

  @Override
  public void close() {
    prepared.clear();
    Connection old = connection;
    connection = null;
    if (old != null) {
      try {
        old.close();
      } catch (SQLException e) {
        LOG.debug("closing a connection to the source failed", e);
      }
    }
  }
}
