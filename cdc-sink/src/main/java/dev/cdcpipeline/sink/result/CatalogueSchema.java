package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.postgres.Schemas;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The tables of the catalogue: creates them, and brings those of an earlier version up to date. */
final class CatalogueSchema {
  private final ResultOptions options;

  CatalogueSchema(ResultOptions options) {
    this.options = options;
  }

  String results() {
    return Sql.quote(options.catalogueSchema(), "results");
  }

  String requests() {
    return Sql.quote(options.catalogueSchema(), "result_requests");
  }

  String gaps() {
    return Sql.quote(options.catalogueSchema(), "log_gaps");
  }

  /** The ledger's table of sinks that write whole transactions. */
  String position() {
    return Sql.quote(options.catalogueSchema(), "position");
  }

  /** Whether the tables are there, as this version makes them. */
  boolean exists(Connection connection) throws SQLException {
    // the newest of them
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT to_regclass(?) IS NOT NULL")) {
      statement.setString(1, gaps());
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  /** Creates what is missing; rows that no sink has claimed become this sink's. */
  void create(Connection connection) throws SQLException {
    if (exists(connection)) {
      return;
    }
    Schemas.create(connection, options.catalogueSchema());
    Schemas.create(connection, options.resultSchema());
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + results()
              + " (name text PRIMARY KEY, kind text NOT NULL, file text NOT NULL, definition text"
              + " NOT NULL, checksum text NOT NULL, state text NOT NULL, error text, error_position"
              + " pg_lsn, built_at timestamptz, build_ms bigint NOT NULL DEFAULT 0)");
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + requests()
              + " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, action text NOT NULL, name"
              + " text NOT NULL, file text, definition text, requested_at timestamptz NOT NULL"
              + " DEFAULT now(), done_at timestamptz, outcome text)");
      statement.execute(
          "CREATE INDEX IF NOT EXISTS result_requests_open ON "
              + requests()
              + " (id) WHERE done_at IS NULL");
      createPending(statement);
      claim(statement);
      statement.execute(
          "CREATE TABLE "
              + gaps()
              + " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sink text NOT NULL, name"
              + " text NOT NULL, changes bigint NOT NULL, from_lsn pg_lsn, to_lsn pg_lsn, from_time"
              + " timestamptz NOT NULL, to_time timestamptz NOT NULL, settled_at timestamptz, note"
              + " text)");
      statement.execute(
          "CREATE UNIQUE INDEX log_gaps_open ON "
              + gaps()
              + " (sink, name) WHERE settled_at IS NULL");
    }
  }

  private void createPending(Statement statement) throws SQLException {
    String pending = ViolationSql.pendingTable(options);
    statement.execute(
        "CREATE TABLE IF NOT EXISTS "
            + pending
            + " (rule text, source_table text, row_key text, detail text, since timestamptz NOT"
            + " NULL, PRIMARY KEY (rule, source_table, row_key))");
    statement.execute(
        "CREATE INDEX IF NOT EXISTS pending_violations_since ON "
            + pending
            + " (rule, source_table, since)");
  }

  // several sinks may have results of one name, each in its own schema
  private void claim(Statement statement) throws SQLException {
    String sink = "sink text NOT NULL DEFAULT " + Sql.literal(options.sink());
    statement.execute("ALTER TABLE " + results() + " ADD COLUMN " + sink);
    statement.execute(
        "ALTER TABLE "
            + results()
            + " ALTER COLUMN sink DROP DEFAULT, ADD COLUMN file_absent_since timestamptz,"
            + " DROP CONSTRAINT results_pkey, ADD PRIMARY KEY (sink, name)");
    statement.execute("ALTER TABLE " + requests() + " ADD COLUMN " + sink);
    statement.execute("ALTER TABLE " + requests() + " ALTER COLUMN sink DROP DEFAULT");
  }
}
