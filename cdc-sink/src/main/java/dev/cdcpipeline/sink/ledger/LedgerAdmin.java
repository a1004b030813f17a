package dev.cdcpipeline.sink.ledger;

import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.TableId;
import dev.cdcpipeline.sink.postgres.SqlIdentifiers;
import dev.cdcpipeline.sink.postgres.SqlStates;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TargetTransaction;
import dev.cdcpipeline.sink.postgres.WriteException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the ledgers of all sinks of a target, and changes them to start a sink over, to drop it or
 * to have a table read again.
 *
 * <p>Unlike {@link OffsetLedger} it claims nothing. Not thread-safe.
 */
public final class LedgerAdmin {
  private static final String GONE =
      "source_schema = ? AND source_table = ? AND to_regclass(quote_ident(target_schema) || '.' ||"
          + " quote_ident(target_table)) IS NULL";

  private final Connection connection;
  private final String schema;

  /**
   * Ledgers in a schema that may not be there yet.
   *
   * @param connection autocommit off, as a role that owns the schema
   * @param schema usually {@code cdc}
   */
  public LedgerAdmin(Connection connection, String schema) {
    this.connection = connection;
    this.schema = schema;
  }

  /**
   * What is known of one sink.
   *
   * @param position empty if it writes no whole transactions, or none yet
   * @param snapshot the snapshot it is loading, empty if none
   */
  public record Sink(
      String name,
      List<LedgerEntry> entries,
      Optional<AppliedPosition> position,
      Optional<SnapshotProgress> snapshot) {}

  /**
   * Where a partition is to be read from.
   *
   * @param topicId Kafka's id of the topic that is there now, null with no offset
   * @param nextOffset null for the beginning of the log, whatever that is when the sink starts
   */
  public record Restart(PartitionId partition, String topicId, Long nextOffset) {}

  /**
   * All sinks that have written to this target, by name.
   *
   * @throws WriteException nothing was changed
   */
  public List<Sink> sinks() {
    try {
      List<Sink> sinks = new ArrayList<>();
      if (exists("offsets")) {
        for (String name : names()) {
          OffsetLedger ledger = new OffsetLedger(connection, schema, name);
          sinks.add(
              new Sink(
                  name,
                  ledger.entries(),
                  ledger.position(),
                  new SnapshotRegister(connection, schema, name).progress()));
        }
      }
      connection.commit();
      return sinks;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("read the ledger in schema " + schema, e);
    }
  }

  /**
   * Sessions that the sink holds open at this target, each as the process id and the address of its
   * client: while there are any, its connector runs.
   *
   * @throws WriteException nothing was changed
   */
  public List<String> sessions(String sink) {
    String sql =
        "SELECT 'process ' || pid || coalesce(' from ' || host(client_addr), '')"
            + " FROM pg_stat_activity WHERE application_name = left(?, 63) AND datname ="
            + " current_database() ORDER BY pid";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, TargetSession.applicationName(sink));
      List<String> sessions = strings(select);
      connection.commit();
      return sessions;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("look for sessions of sink " + sink, e);
    }
  }

  /**
   * Makes the sink read some partitions from elsewhere at its next start, in one transaction. A
   * task that runs nevertheless is fenced by it.
   *
   * @param wholly whether the sink also forgets which source commit the target equals, and any
   *     snapshot that it was loading: it then expects a snapshot, as at its first start
   * @return how many partitions it has now forgotten the offsets of
   * @throws WriteException nothing was changed
   */
  public int reset(String sink, List<Restart> restarts, boolean wholly) {
    try {
      long epoch = nextEpoch();
      int changed = 0;
      for (Restart restart : restarts) {
        changed += write(sink, restart, epoch);
      }
      if (wholly) {
        new SnapshotRegister(connection, schema, sink).drop();
        delete("position", sink);
        if (exists("tables")) {
          // the snapshot brings every row, so that a mirror may be made anew
          mayBeMade("sink = ?", sink);
        }
      }
      connection.commit();
      return changed;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("reset the ledger of sink " + sink, e);
    }
  }

  /**
   * Forgets a sink: its offsets, its position, a snapshot that it was loading and what it owns, in
   * one transaction. Mirrors and results stay, and another sink may have them. A task that runs
   * nevertheless fails at its next commit.
   *
   * @return how many partitions were forgotten
   * @throws WriteException nothing was changed
   */
  public int drop(String sink) {
    try {
      new SnapshotRegister(connection, schema, sink).drop();
      int partitions = delete("offsets", sink);
      delete("position", sink);
      if (exists("tables")) {
        delete("tables", sink);
      }
      connection.commit();
      return partitions;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("drop the ledger of sink " + sink, e);
    }
  }

  /**
   * Lets sinks make their mirrors of a source table anew where they are gone, because the table is
   * read again.
   *
   * @return the sinks whose mirror is gone
   * @throws WriteException nothing was changed
   */
  public List<String> reread(TableId source) {
    try {
      List<String> sinks =
          exists("tables") ? mayBeMade(GONE, source.schema(), source.name()) : List.of();
      connection.commit();
      return sinks;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("let the mirrors of " + source + " be made anew", e);
    }
  }

  /**
   * The mirrors of a source table that sinks have and that are not there, schema and name.
   *
   * @throws WriteException they could not be looked up
   */
  public List<String> goneMirrors(TableId source) {
    String sql =
        "SELECT target_schema || '.' || target_table FROM %s WHERE kind = 'mirror' AND %s"
            .formatted(SqlIdentifiers.qualified(schema, "tables"), GONE);
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, source.schema());
      select.setString(2, source.name());
      List<String> gone = strings(select);
      connection.commit();
      return gone;
    } catch (SQLException e) {
      TargetTransaction.rollback(connection);
      throw SqlStates.classify("look for the mirrors of " + source, e);
    }
  }

  private List<String> mayBeMade(String which, String... parameters) throws SQLException {
    String sql =
        "UPDATE %s SET filled = false, relation = NULL, columns = NULL WHERE kind = 'mirror' AND %s RETURNING sink"
            .formatted(SqlIdentifiers.qualified(schema, "tables"), which);
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        update.setString(i + 1, parameters[i]);
      }
      return strings(update);
    }
  }

  private int delete(String table, String sink) throws SQLException {
    String sql = "DELETE FROM " + SqlIdentifiers.qualified(schema, table) + " WHERE sink = ?";
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setString(1, sink);
      return delete.executeUpdate();
    }
  }

  private int write(String sink, Restart restart, long epoch) throws SQLException {
    String sql =
        "UPDATE "
            + SqlIdentifiers.qualified(schema, "offsets")
            + " SET next_offset = ?, topic_id = ?, epoch = ?, commit_time = NULL, updated_at ="
            + " now() WHERE sink = ? AND topic = ? AND partition = ?";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setObject(1, restart.nextOffset(), Types.BIGINT);
      update.setString(2, restart.topicId());
      update.setLong(3, epoch);
      update.setString(4, sink);
      update.setString(5, restart.partition().topic());
      update.setInt(6, restart.partition().partition());
      return update.executeUpdate();
    }
  }

  private boolean exists(String table) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 WHERE to_regclass(?) IS NOT NULL")) {
      select.setString(1, SqlIdentifiers.qualified(schema, table));
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  private List<String> names() throws SQLException {
    String sql =
        "SELECT sink FROM "
            + SqlIdentifiers.qualified(schema, "offsets")
            + " UNION SELECT sink FROM "
            + SqlIdentifiers.qualified(schema, "position")
            + " ORDER BY 1";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      return strings(select);
    }
  }

  private static List<String> strings(PreparedStatement select) throws SQLException {
    List<String> values = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        values.add(row.getString(1));
      }
    }
    return values;
  }

  private long nextEpoch() throws SQLException {
    String sequence = SqlIdentifiers.literal(SqlIdentifiers.qualified(schema, "epochs"));
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT nextval(" + sequence + "::regclass)")) {
      row.next();
      return row.getLong(1);
    }
  }
}
