package dev.cdcpipeline.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.ShopDatabases;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is said of those for whom a start waits. */
class OpenTransactionsIT {
  @Test
  void namesThemWithTheStatementThatEndsThem() throws SQLException {
    ShopDatabases databases = ShopDatabases.create();
    try (Connection admin = DriverManager.getConnection(databases.sourceAdminUrl());
        Connection open = DriverManager.getConnection(databases.sourceUrl());
        Statement statement = open.createStatement()) {
      statement.execute("BEGIN");
      statement.execute("DELETE FROM order_items");
      statement.execute("PREPARE TRANSACTION 'it''s left'");
      open.setAutoCommit(false);
      statement.execute("SELECT 1");

      String named = OpenTransactions.namedIn(admin, Duration.ZERO);
      String younger = OpenTransactions.namedIn(admin, Duration.ofMinutes(10));
      open.rollback();
      open.setAutoCommit(true);
      String end = named.replaceAll("(?s).*or (ROLLBACK PREPARED '[^)]*)\\).*", "$1");
      statement.execute(end);

      assertThat(named)
          .startsWith("prepared transaction 'it''s left' of shop, since ")
          .contains("; session ", "pg_terminate_backend(");
      assertThat(younger).isEqualTo("transactions that have ended since");
      assertThat(OpenTransactions.namedIn(admin, Duration.ZERO)).doesNotContain("prepared");
    }
  }
}
