package dev.cdcpipeline.app.storm.load;

import java.sql.SQLException;

/** One kind of transaction that a session runs. */
@FunctionalInterface
interface Work {
  /**
   * Does everything but the commit.
   *
   * @throws SQLException the transaction is rolled back
   */
  void run(SessionTransaction transaction) throws SQLException;
}
