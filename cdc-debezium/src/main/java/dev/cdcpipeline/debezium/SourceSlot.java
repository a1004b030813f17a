package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorConfig.LsnFlushMode;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.apache.kafka.connect.errors.RetriableException;

/**
 * The connector's replication slot, as the source's catalogue shows it before the stream starts.
 */
final class SourceSlot {
  private static final String STATE =
      """
      SELECT active, wal_status, confirmed_flush_lsn::text,
             CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                  ELSE pg_current_wal_insert_lsn() END::text
      FROM pg_replication_slots WHERE slot_name = ? AND database = current_database()
      """;

  private final PostgresConnectorConfig config;

  SourceSlot(PostgresConnectorConfig config) {
    this.config = config;
  }

  /** Whether the slot exists in this database. */
  boolean exists() {
    return state().isPresent();
  }

  /**
   * Drops the slot, so that the snapshot to come is read at the position at which a new one begins.
   * Does nothing if there is none.
   *
   * @throws RetriableException if the slot is still in use, or the source does not answer
   */
  void drop() {
    try (PostgresConnection connection = connect();
        PreparedStatement drop =
            connection
                .connection()
                .prepareStatement(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE"
                        + " slot_name = ? AND database = current_database()")) {
      drop.setString(1, config.slotName());
      drop.execute();
    } catch (SQLException e) {
      throw new RetriableException(
          "source connector: cannot drop replication slot '%s' to take a new snapshot; it is tried again: %s"
              .formatted(config.slotName(), e.getMessage()),
          e);
    }
  }

  /**
   * Why the stream can't go on from a position without a loss; empty if it can.
   *
   * @throws RetriableException if the source does not answer
   */
  Optional<String> lossFrom(long lsn) {
    Optional<State> state = state();
    if (state.isEmpty()) {
      return Optional.of("replication slot '%s' does not exist".formatted(config.slotName()));
    }
    return state.get().lossFrom(lsn, config.slotName(), config.getLsnFlushMode());
  }

  private Optional<State> state() {
    try (PostgresConnection connection = connect();
        PreparedStatement query = connection.connection().prepareStatement(STATE)) {
      query.setString(1, config.slotName());
      try (ResultSet row = query.executeQuery()) {
        return row.next()
            ? Optional.of(new State(row.getString(2), lsn(row.getString(3)), lsn(row.getString(4))))
            : Optional.empty();
      }
    } catch (SQLException e) {
      throw new RetriableException(
          "source connector: cannot look at replication slot '%s'; it is tried again: %s"
              .formatted(config.slotName(), e.getMessage()),
          e);
    }
  }

  private PostgresConnection connect() {
    return new PostgresConnection(
        config.getJdbcConfig(), PostgresConnection.CONNECTION_VALIDATE_CONNECTION);
  }

  private static Lsn lsn(String text) {
    return text == null ? null : Lsn.valueOf(text);
  }

  /**
   * What the catalogue says.
   *
   * @param walStatus whether the log that the slot needs is still there; null before PostgreSQL 13
   * @param confirmed up to where the slot was told that all is stored
   * @param end where the server's log ends
   */
  record State(String walStatus, Lsn confirmed, Lsn end) {
    Optional<String> lossFrom(long lsn, String slot, LsnFlushMode flushMode) {
      Lsn from = Lsn.valueOf(lsn);
      if ("lost".equals(walStatus)) {
        return Optional.of(
            "the source has removed log that replication slot '%s' needs (wal_status 'lost'; see max_slot_wal_keep_size)"
                .formatted(slot));
      }
      // the driver may move the slot over log without changes of the publication
      boolean moved = flushMode != LsnFlushMode.CONNECTOR_AND_DRIVER && confirmed != null;
      if (moved && confirmed.compareTo(from) > 0) {
        return Optional.of(
            "replication slot '%s' was moved to %s, past the connector's position %s: the server sends no transaction that committed between them"
                .formatted(slot, confirmed.asString(), from.asString()));
      }
      if (end != null && end.compareTo(from) < 0) {
        return Optional.of(
            "the source's log ends at %s, before the connector's position %s: this is another server, or it was restored to an earlier state"
                .formatted(end.asString(), from.asString()));
      }
      return Optional.empty();
    }
  }
}
