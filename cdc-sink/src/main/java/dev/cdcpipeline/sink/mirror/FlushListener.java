package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.sink.change.TableId;
import java.sql.Connection;
import java.sql.SQLException;

/** Takes part in every flush's transaction, before and after the mirrors are written. */
public interface FlushListener {

  /**
   * Called once for every new session, outside a flush and before its first one; what is done here
   * (temporary tables) is committed by the caller and lasts as long as the session.
   *
   * @throws SQLException the session is closed and opened anew
   */
  default void opened(Connection connection) throws SQLException {}

  /**
   * Whether {@link StagedTable#changes()} must hold every change of this table, not only the last
   * one per key. Asked at each flush.
   */
  default boolean wantsChanges(TableId table) {
    return false;
  }

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

  /**
   * Whether {@link #idle} is to be called before the next flush, though there is one to come; asked
   * again after each call.
   */
  default boolean wantsIdle() {
    return false;
  }

  /**
   * Called between flushes, while there is nothing to flush or when it is {@link #wantsIdle
   * wanted}, in a transaction of its own that the caller commits.
   *
   * @throws SQLException the transaction is rolled back
   */
  default void idle(Connection connection) throws SQLException {}
}
