package dev.cdcpipeline.sink.postgres;

import java.sql.SQLException;

/** Takes part in every flush's transaction, before and after the mirrors are written. */
public interface FlushListener {

  /**
   * Called when all changes are staged and the mirrors still hold the state before the flush.
   *
   * @throws SQLException the flush is rolled back
   */
  void beforeRows(FlushView flush) throws SQLException;

  /**
   * Called when the mirrors hold the state after the flush; ledger and position follow, then the
   * commit.
   *
   * @throws SQLException the flush is rolled back
   */
  void afterRows(FlushView flush) throws SQLException;
}
