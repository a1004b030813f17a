package dev.cdcpipeline.debezium;

import io.debezium.config.CommonConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnector;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;

/**
 * Debezium's PostgreSQL connector, which after a restart delivers every source transaction that it
 * had not delivered, whole, and no other. It writes the same records with the same configuration
 * and from the same replication slot; its offsets lie between transactions, and its transactions on
 * Kafka hold whole ones of the source.
 */
public final class ExactlyOncePostgresConnector extends PostgresConnector {
  static final String TRANSACTION_METADATA =
      CommonConnectorConfig.PROVIDE_TRANSACTION_METADATA.name();
  static final String SNAPSHOT_THREADS = CommonConnectorConfig.SNAPSHOT_MAX_THREADS.name();
  static final String MISMATCH_STRATEGY =
      PostgresConnectorConfig.OFFSET_SLOT_MISMATCH_STRATEGY.name();

  /** For Connect. */
  public ExactlyOncePostgresConnector() {}

  @Override
  public Class<? extends Task> taskClass() {
    return ExactlyOncePostgresConnectorTask.class;
  }

  @Override
  public ConnectorTransactionBoundaries canDefineTransactionBoundaries(Map<String, String> config) {
    return ConnectorTransactionBoundaries.SUPPORTED;
  }

  @Override
  public Config validate(Map<String, String> config) {
    Config validated = super.validate(config);
    problems(config).forEach(problem -> report(validated, problem));
    // Connect asks every setting that is defined for its errors, as soon as one has any
    Set<String> judged =
        validated.configValues().stream().map(ConfigValue::name).collect(Collectors.toSet());
    config().names().stream()
        .filter(name -> !judged.contains(name))
        .forEach(name -> validated.configValues().add(new ConfigValue(name)));
    return validated;
  }

  private static void report(Config validated, Problem problem) {
    List<ConfigValue> values = validated.configValues();
    values.stream()
        .filter(value -> value.name().equals(problem.key()))
        .findFirst()
        .orElseGet(
            () -> {
              ConfigValue value = new ConfigValue(problem.key());
              values.add(value);
              return value;
            })
        .addErrorMessage(problem.message());
  }

  /** What of a configuration would let the connector lose or mix up transactions. */
  static List<Problem> problems(Map<String, String> config) {
    return List.of(
            new Problem(
                TRANSACTION_METADATA,
                "true".equals(trimmed(config, TRANSACTION_METADATA)),
                "must be true: without BEGIN and END nobody knows where a transaction ends"),
            new Problem(
                SNAPSHOT_THREADS,
                List.of("", "1").contains(trimmed(config, SNAPSHOT_THREADS)),
                "must be 1: each thread reads a snapshot of its own, at another commit"),
            new Problem(
                MISMATCH_STRATEGY,
                List.of("", "no_validation", "trust_offset")
                    .contains(trimmed(config, MISMATCH_STRATEGY)),
                "must not trust the slot: transactions between the connector's position and the"
                    + " slot's would be skipped in silence"),
            new Problem(
                ExactlyOncePostgresConnectorTask.PART_RECORDS,
                isPositive(trimmed(config, ExactlyOncePostgresConnectorTask.PART_RECORDS)),
                "must be a positive number of records"))
        .stream()
        .filter(problem -> !problem.fine())
        .toList();
  }

  private static boolean isPositive(String number) {
    return number.isEmpty() || number.matches("0*[1-9][0-9]{0,8}");
  }

  private static String trimmed(Map<String, String> config, String key) {
    String value = config.get(key);
    return value == null ? "" : value.trim();
  }

  /**
   * A setting that is judged.
   *
   * @param fine whether nothing is wrong with it
   * @param message what its value must be, and why
   */
  record Problem(String key, boolean fine, String message) {}
}
