package dev.cdcpipeline.debezium;

import io.debezium.connector.postgresql.PostgresConnector;
import org.apache.kafka.connect.connector.Task;

/**
 * Debezium's PostgreSQL connector, with less work between two transactions of exactly-once
 * delivery, and without a gap in it: the same configuration, the same records, the same offsets,
 * the same replication slot. One can go back to {@code
 * io.debezium.connector.postgresql.PostgresConnector} at any time by its name alone.
 */
public final class ExactlyOncePostgresConnector extends PostgresConnector {
  /** For Connect. */
  public ExactlyOncePostgresConnector() {}

  @Override
  public Class<? extends Task> taskClass() {
    return ExactlyOncePostgresConnectorTask.class;
  }
}
