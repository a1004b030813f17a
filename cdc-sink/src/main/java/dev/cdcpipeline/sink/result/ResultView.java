package dev.cdcpipeline.sink.result;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** One view over a result; it keeps its grants when its definition changes. */
final class ResultView {
  private static final String GRANTS =
      """
      SELECT string_agg(format('GRANT %%s ON %1$s TO %%s', a.privilege_type,
          CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END), '; ')
      FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
      WHERE c.oid = to_regclass(?) AND a.grantee <> c.relowner\
      """;

  private final Connection connection;
  private final String view;
  private String grants;

  /**
   * A view that need not exist yet.
   *
   * @param view qualified and quoted
   */
  ResultView(Connection connection, String view) {
    this.connection = connection;
    this.view = view;
  }

  /** Whether there is such a view and it is defined by this SELECT. */
  boolean gives(String select) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SAVEPOINT cdc_view");
      statement.execute("CREATE TEMP VIEW _cdc_wanted_view AS " + select);
      boolean same;
      try (PreparedStatement compare =
          connection.prepareStatement(
              "SELECT coalesce(pg_get_viewdef(to_regclass(?)) ="
                  + " pg_get_viewdef('pg_temp._cdc_wanted_view'::regclass), false)")) {
        compare.setString(1, view);
        try (ResultSet row = compare.executeQuery()) {
          row.next();
          same = row.getBoolean(1);
        }
      }
      statement.execute("ROLLBACK TO SAVEPOINT cdc_view");
      return same;
    }
  }

  /** Creates the view, or makes the one there is give what this SELECT gives. */
  void define(String select) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SAVEPOINT cdc_view");
      try {
        statement.execute("CREATE OR REPLACE VIEW " + view + " AS " + select);
      } catch (SQLException e) {
        if (FaultOf.of(e) == FaultOf.SYSTEM) {
          throw e;
        }
        statement.execute("ROLLBACK TO SAVEPOINT cdc_view");
        // columns can be added to a view, not changed
        drop();
        statement.execute("CREATE VIEW " + view + " AS " + select);
      }
      statement.execute("RELEASE SAVEPOINT cdc_view");
      if (grants != null) {
        statement.execute(grants);
      }
    }
  }

  /** Drops the view, if there is one; its grants are given to the one that is defined next. */
  void drop() throws SQLException {
    String literal = view.replace("'", "''").replace("%", "%%");
    try (PreparedStatement select = connection.prepareStatement(GRANTS.formatted(literal))) {
      select.setString(1, view);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        grants = row.getString(1);
      }
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP VIEW IF EXISTS " + view);
    }
  }
}
