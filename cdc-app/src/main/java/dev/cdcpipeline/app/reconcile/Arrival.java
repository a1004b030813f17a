package dev.cdcpipeline.app.reconcile;

import dev.cdcpipeline.model.event.Lsn;
import java.sql.SQLException;
import java.util.Set;

/** Waits until what the source had committed at a place of its log is on the other side. */
interface Arrival {

  /**
   * Waits.
   *
   * @param sinks the sinks that write the table, by {@code sink.name}
   * @param place behind the commits that must have arrived
   * @param meanwhile done after each look
   * @throws SQLException a side is away
   * @throws ReconcileException it has been waited long enough
   */
  void await(Set<String> sinks, Lsn place, Meanwhile meanwhile) throws SQLException;

  /** Something to do while waiting. */
  interface Meanwhile {
    void run() throws SQLException;
  }

  /** What becomes of the time that is waited. */
  interface Waiting {
    /**
     * Lets some milliseconds pass.
     *
     * @param nanos how long it has been waited so far
     * @param what what is waited for
     * @throws ReconcileException it has been waited long enough
     */
    void pause(long nanos, String what);
  }
}
