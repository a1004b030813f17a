package dev.cdcpipeline.app.stack;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Transactions of a database that hold locks for longer than anybody should have to wait. */
final class OpenTransactions {
  /** SQLSTATE of a statement that has waited for a lock for too long. */
  static final String LOCK_NOT_AVAILABLE = "55P03";

  private OpenTransactions() {}

  /**
   * Whom a statement has waited for, with the statement that ends each; prepared transactions
   * first, as they stay through every restart.
   *
   * @param waited how long; younger transactions are left out
   */
  static String namedIn(Connection connection, Duration waited) throws SQLException {
    String sql =
        """
        SELECT format('prepared transaction %%L of %%s, since %%s (end it with COMMIT PREPARED %%L or ROLLBACK PREPARED %%L)',
                      gid, owner, prepared::timestamptz(0), gid, gid)
          FROM (SELECT * FROM pg_prepared_xacts
                 WHERE database = current_database() AND prepared < now() - interval '%1$d ms' ORDER BY prepared) p
        UNION ALL
        SELECT format('session %%s of %%s, in a transaction since %%s (end it with SELECT pg_terminate_backend(%%s))',
                      pid, usename, xact_start::timestamptz(0), pid)
          FROM (SELECT * FROM pg_stat_activity
                 WHERE datname = current_database() AND backend_type = 'client backend'
                   AND xact_start < now() - interval '%1$d ms' ORDER BY xact_start) s
        """
            .formatted(waited.toMillis());
    List<String> named = Query.of(sql).texts(connection);
    return named.isEmpty() ? "transactions that have ended since" : String.join("; ", named);
  }
}
