package dev.cdcpipeline.app.stack;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Whether connectors that were put do more than run: a sink has claimed its ledger in the target, a
 * source reads its slot.
 *
 * <p>A task is RUNNING as soon as it was started. One that can't reach its server may stay so for
 * ever.
 */
final class FirstProgress {
  private static final String SINK = "dev.cdcpipeline.sink.connect.PostgresSinkConnector";
  private static final String UNDEFINED_TABLE = "42P01";

  private final Endpoints endpoints;
  private final Map<String, Long> before;

  /** Notes how far the sinks had got, before connectors are put. */
  FirstProgress(Endpoints endpoints) {
    this.endpoints = endpoints;
    this.before = endpoints.targetJdbcUrl() == null ? Map.of() : epochs();
  }

  /**
   * What has not been seen yet; empty if there is nothing more to wait for.
   *
   * @param connectors configurations by the connector's name
   * @param changed those that were put, and so started
   */
  Optional<String> missing(Map<String, JsonNode> connectors, Set<String> changed) {
    Map<String, Long> now;
    Set<String> slots;
    try {
      now = endpoints.targetJdbcUrl() == null ? Map.of() : epochs();
      slots = endpoints.sourceJdbcUrl() == null ? Set.of() : activeSlots();
    } catch (StackException e) {
      // it may be back in a moment
      return Optional.of(e.getMessage());
    }
    return connectors.entrySet().stream()
        .flatMap(
            connector ->
                missing(connector.getKey(), connector.getValue(), changed, now, slots).stream())
        .findFirst();
  }

  private Optional<String> missing(
      String name, JsonNode config, Set<String> changed, Map<String, Long> now, Set<String> slots) {
    String slot = config.path("slot.name").asText("");
    if (!slot.isEmpty() && isOurs(config, "database.dbname", endpoints.sourceJdbcUrl())) {
      return slots.contains(slot)
          ? Optional.empty()
          : Optional.of(
              "%s runs, but does not read its replication slot %s at the source"
                  .formatted(name, slot));
    }
    if (!config.path("connector.class").asText().equals(SINK)) {
      return Optional.empty();
    }
    if (!isOurs(config, "connection.url", endpoints.targetJdbcUrl())) {
      return endpoints.bootstrapServers() == null ? Optional.empty() : applied(name, config);
    }
    String sink = config.path("sink.name").asText(name);
    Long epoch = now.get(sink);
    boolean claimed =
        epoch != null && (!changed.contains(name) || epoch > before.getOrDefault(sink, -1L));
    return claimed
        ? Optional.empty()
        : Optional.of(waiting(name, config, "has not reached its ledger in the target"));
  }

  /** A sink whose target is not known here commits what it has applied to Kafka, too. */
  private Optional<String> applied(String name, JsonNode config) {
    List<String> topics = List.of(config.path("topics").asText("").split("\\s*,\\s*"));
    try (Admin admin = Admin.create(endpoints.kafkaClient())) {
      boolean committed =
          !admin
              .listConsumerGroupOffsets("connect-" + name)
              .partitionsToOffsetAndMetadata()
              .get()
              .isEmpty();
      if (committed || !haveRecords(admin, topics)) {
        return Optional.empty();
      }
      return Optional.of(waiting(name, config, "has applied none of its topics' records"));
    } catch (ExecutionException e) {
      return Optional.of("Kafka does not answer: " + e.getCause().getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("interrupted while waiting for connector " + name, e);
    }
  }

  private static boolean haveRecords(Admin admin, List<String> topics)
      throws ExecutionException, InterruptedException {
    Set<String> existing = new HashSet<>(admin.listTopics().names().get());
    existing.retainAll(topics);
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    admin
        .describeTopics(existing)
        .allTopicNames()
        .get()
        .values()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(
                        partition ->
                            asked.put(
                                new TopicPartition(topic.name(), partition.partition()),
                                OffsetSpec.latest())));
    return admin.listOffsets(asked).all().get().values().stream().anyMatch(end -> end.offset() > 0);
  }

  private static String waiting(String name, JsonNode config, String what) {
    return "%s runs, but %s; the worker's log says what it waits for (its connection.url is %s)"
        .formatted(
            name, what, SessionOptions.withoutSecrets(config.path("connection.url").asText()));
  }

  /** Whether a connector's database is the one that is known here. */
  private static boolean isOurs(JsonNode config, String key, String jdbcUrl) {
    if (jdbcUrl == null) {
      return false;
    }
    String given = config.path(key).asText("");
    String known = SessionOptions.withoutSecrets(jdbcUrl);
    return given.startsWith("${")
        || SessionOptions.withoutSecrets(given).equals(known)
        || known.endsWith("/" + given);
  }

  private Map<String, Long> epochs() {
    Map<String, Long> epochs = new HashMap<>();
    try (Connection target = DriverManager.getConnection(endpoints.targetJdbcUrl())) {
      Query.of("SELECT sink, max(epoch) FROM cdc.offsets GROUP BY sink")
          .forEach(target, row -> epochs.put(row.getString(1), row.getLong(2)));
      return epochs;
    } catch (SQLException e) {
      if (UNDEFINED_TABLE.equals(e.getSQLState())) {
        // no sink has ever been there
        return epochs;
      }
      throw new StackException("the target does not answer: " + e.getMessage(), e);
    }
  }

  private Set<String> activeSlots() {
    try (Connection source = DriverManager.getConnection(endpoints.sourceJdbcUrl())) {
      return Set.copyOf(
          Query.of("SELECT slot_name FROM pg_replication_slots WHERE active").texts(source));
    } catch (SQLException e) {
      throw new StackException("the source does not answer: " + e.getMessage(), e);
    }
  }
}
