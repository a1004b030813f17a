package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.sink.postgres.DdlLock;
import dev.cdcpipeline.sink.postgres.Schemas;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.SqlStates;
import dev.cdcpipeline.sink.postgres.TargetTransaction;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Creates the tables of the ledger. */
final class LedgerSchema {
  private LedgerSchema() {}

  /** Creates what is missing, in a transaction of its own; several tasks may race. */
  static void create(Connection connection, String schema) {
    String s = SqlIdentifiers.quote(schema) + ".";
    try (Statement statement = connection.createStatement()) {
      DdlLock.take(statement);
      Schemas.create(connection, schema);
      statement.execute("CREATE SEQUENCE IF NOT EXISTS " + s + "epochs");
      statement.execute("CREATE SEQUENCE IF NOT EXISTS " + s + "snapshot_ids");
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + s
              + """
              offsets (
                sink text NOT NULL,
                topic text NOT NULL,
                partition integer NOT NULL,
                topic_id text,
                next_offset bigint,
                epoch bigint NOT NULL,
                updated_at timestamptz NOT NULL DEFAULT now(),
                commit_time timestamptz,
                PRIMARY KEY (sink, topic, partition)
              ) WITH (fillfactor = 50)\
              """);
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + s
              + """
              position (
                sink text PRIMARY KEY,
                epoch bigint NOT NULL,
                source_epoch integer,
                commit_lsn pg_lsn,
                commit_time timestamptz,
                transaction_id bigint,
                applied_at timestamptz,
                delivery text
              ) WITH (fillfactor = 50)\
              """);
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + s
              + """
              snapshots (
                sink text PRIMARY KEY,
                lsn pg_lsn NOT NULL,
                last_row_seen boolean NOT NULL,
                started_at timestamptz NOT NULL DEFAULT now()
              )\
              """);
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + s
              + """
              snapshot_tables (
                sink text NOT NULL,
                source_schema text NOT NULL,
                source_table text NOT NULL,
                loading_table text NOT NULL,
                rows_loaded bigint NOT NULL DEFAULT 0,
                started_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (sink, source_schema, source_table)
              )\
              """);
      statement.execute(
          "CREATE TABLE IF NOT EXISTS "
              + s
              + """
              schema_changes (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                sink text NOT NULL,
                target_schema text NOT NULL,
                target_table text NOT NULL,
                statement text NOT NULL,
                source_lsn pg_lsn,
                applied_at timestamptz NOT NULL DEFAULT now()
              )\
              """);
      addColumn(statement, s + "position", "delivery", "text");
      ReplayTables.create(statement, schema);
      TableOwners.create(statement, schema);
      addColumn(statement, s + "tables", "columns", "jsonb");
      connection.commit();
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("create the ledger in schema " + schema, e);
    }
  }

  // a ledger of an earlier version; the lock is taken only if there is something to do
  private static void addColumn(Statement statement, String table, String column, String type)
      throws SQLException {
    String sql =
        "SELECT FROM pg_attribute WHERE attrelid = '%s'::regclass AND attname = '%s'"
            .formatted(table.replace("'", "''"), column);
    try (ResultSet found = statement.executeQuery(sql)) {
      if (found.next()) {
        return;
      }
    }
    statement.execute("ALTER TABLE %s ADD COLUMN %s %s".formatted(table, column, type));
  }
}
