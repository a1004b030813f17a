package dev.cdcpipeline.sink.postgres;

import java.sql.SQLException;
import java.sql.Statement;

/** The lock under which all DDL of all sinks of a database runs. */
public final class DdlLock {
  // any constant will do, as long as all sinks of a database use the same
  private static final long ADVISORY_LOCK = 0x6364635f73696e6bL;

  private DdlLock() {}

  /** Takes the lock until the transaction ends; waits while another sink has it. */
  public static void take(Statement statement) throws SQLException {
    statement.execute("SELECT pg_advisory_xact_lock(" + ADVISORY_LOCK + ")");
  }
}
