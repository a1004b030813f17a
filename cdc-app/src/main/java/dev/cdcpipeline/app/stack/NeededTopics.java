package dev.cdcpipeline.app.stack;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * The topics that connectors write to and read from. The broker makes none by itself, and a
 * connector whose topic is missing hangs without a word.
 */
public final class NeededTopics {
  private static final Pattern PLAIN_TABLE = Pattern.compile("\\w+\\.\\w+");
  private static final Pattern NOT_IN_TOPICS = Pattern.compile("[^a-zA-Z0-9._-]");

  private final Endpoints endpoints;

  /**
   * @param endpoints Kafka's are needed; with the source's also tables are found that only a
   *     publication or a pattern names
   */
  public NeededTopics(Endpoints endpoints) {
    this.endpoints = endpoints;
  }

  /**
   * What is missing, a line for each topic that says who needs it and what to do.
   *
   * @param connectors configurations by the connector's name
   * @throws StackException if Kafka or a known source does not answer
   */
  public List<String> missing(Map<String, JsonNode> connectors) {
    Map<String, String> needed = needed(connectors);
    Set<String> existing = existing();
    List<String> missing = new ArrayList<>();
    needed.forEach(
        (topic, reason) -> {
          if (!existing.contains(topic)) {
            missing.add(
                "topic %s does not exist, %s; add it to topics.json and deploy again"
                    .formatted(topic, reason));
          }
        });
    connectors.forEach((name, config) -> missing.addAll(unread(name, config)));
    return missing;
  }

  /** A sink that doesn't read the transactions' topic never knows that one is complete. */
  private static List<String> unread(String name, JsonNode config) {
    List<String> read = list(config, "topics");
    return read.isEmpty()
        ? List.of()
        : list(config, "transaction.topic").stream()
            .filter(topic -> !read.contains(topic))
            .map(
                topic ->
                    "connector %s does not read its transaction.topic %s; add it to its topics"
                        .formatted(name, topic))
            .toList();
  }

  /** Each topic with who needs it. */
  Map<String, String> needed(Map<String, JsonNode> connectors) {
    Map<String, String> needed = new LinkedHashMap<>();
    connectors.forEach((name, config) -> add(name, config, needed));
    return needed;
  }

  private Set<String> existing() {
    try (Admin admin =
        Admin.create(
            endpoints.kafkaClient(
                Map.of(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "60000")))) {
      return admin.listTopics().names().get();
    } catch (ExecutionException e) {
      throw new StackException("cannot list the topics: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("interrupted while listing topics", e);
    }
  }

  private void add(String name, JsonNode config, Map<String, String> needed) {
    String type = text(config, "connector.class");
    if (type.endsWith("PostgresConnector")) {
      addSource(name, config, needed);
    } else {
      for (String topic : list(config, "topics")) {
        needed.putIfAbsent(topic, "and connector " + name + " reads it");
      }
      for (String key : List.of("transaction.topic", "errors.deadletterqueue.topic.name")) {
        for (String topic : list(config, key)) {
          needed.putIfAbsent(topic, "and connector " + name + " names it in " + key);
        }
      }
    }
  }

  private void addSource(String name, JsonNode config, Map<String, String> needed) {
    String prefix = text(config, "topic.prefix");
    if (isRouted(config)) {
      return;
    }
    for (String table : tables(name, config)) {
      needed.putIfAbsent(
          NOT_IN_TOPICS.matcher(prefix + "." + table).replaceAll("_"),
          "and connector %s captures table %s".formatted(name, table));
    }
    if (text(config, "provide.transaction.metadata").equals("true")) {
      needed.putIfAbsent(
          prefix + ".transaction", "and connector " + name + " writes transactions to it");
    }
    if (!text(config, "heartbeat.interval.ms").matches("0*")) {
      needed.putIfAbsent(
          "__debezium-heartbeat." + prefix, "and connector " + name + " writes heartbeats to it");
    }
    for (String topic : list(config, "signal.kafka.topic")) {
      needed.putIfAbsent(topic, "and connector " + name + " reads signals from it");
    }
  }

  /** Whether records go to topics that are named by something else than their table. */
  private static boolean isRouted(JsonNode config) {
    return config.properties().stream()
        .anyMatch(
            setting ->
                setting.getKey().matches("transforms\\..*\\.type")
                        && setting.getValue().asText().matches(".*(Router|ByLogicalTable.*)")
                    || setting.getKey().startsWith("topic.creation."));
  }

  private Collection<String> tables(String name, JsonNode config) {
    List<String> listed = list(config, "table.include.list");
    List<String> plain =
        listed.stream().filter(entry -> PLAIN_TABLE.matcher(entry).matches()).toList();
    String publication =
        text(config, "publication.name").isEmpty()
            ? "dbz_publication"
            : text(config, "publication.name");
    if (endpoints.sourceJdbcUrl() == null || !isOurSource(config)) {
      return plain;
    }
    List<String> captured = new ArrayList<>();
    try (Connection source = DriverManager.getConnection(endpoints.sourceJdbcUrl())) {
      Query.of(
              "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ?"
                  + " ORDER BY 1, 2",
              publication)
          .forEach(
              source,
              row -> {
                String table = row.getString(1) + "." + row.getString(2);
                if (matches(config, "schema.include.list", row.getString(1))
                    && matches(config, "table.include.list", table)) {
                  captured.add(table);
                }
              });
    } catch (SQLException e) {
      throw new StackException(
          "cannot ask the source which tables connector %s captures: %s"
              .formatted(name, e.getMessage()),
          e);
    }
    return captured.isEmpty() ? plain : captured;
  }

  /** A connector of another database captures what the known one can't tell. */
  private boolean isOurSource(JsonNode config) {
    String database = text(config, "database.dbname");
    String known = SessionOptions.withoutSecrets(endpoints.sourceJdbcUrl()).replaceFirst(".*/", "");
    return database.startsWith("${") || database.equals(known);
  }

  /** As Debezium compares: whole, and whatever the case. */
  private static boolean matches(JsonNode config, String key, String name) {
    List<String> patterns = list(config, key);
    return patterns.isEmpty()
        || patterns.stream()
            .flatMap(pattern -> compiled(pattern).stream())
            .anyMatch(pattern -> pattern.matcher(name).matches());
  }

  private static Optional<Pattern> compiled(String pattern) {
    try {
      return Optional.of(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE));
    } catch (PatternSyntaxException e) {
      // the connector refuses it with better words
      return Optional.empty();
    }
  }

  private static String text(JsonNode config, String key) {
    return config.path(key).asText("");
  }

  private static List<String> list(JsonNode config, String key) {
    return Arrays.stream(text(config, key).split(","))
        .map(String::strip)
        .filter(entry -> !entry.isEmpty() && !entry.contains("${"))
        .toList();
  }
}
