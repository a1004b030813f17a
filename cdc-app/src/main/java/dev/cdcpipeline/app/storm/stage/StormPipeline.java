package dev.cdcpipeline.app.storm.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.reconcile.OneView;
import dev.cdcpipeline.app.simulate.OrderAudit;
import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.stack.Deployment;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.ServerProcesses.ServerProcess;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackException;
import dev.cdcpipeline.app.stack.StackListener;
import dev.cdcpipeline.sink.result.ResultFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The shop's pipeline with the storm's tables and results in it: the deployment's own files, each
 * with the few settings that differ.
 */
public final class StormPipeline {
  /** The storm's tables, beside the shop's. */
  public static final List<String> TABLES =
      List.of("storm_audit", "storm_lists", "storm_rows", "storm_scratch");

  /** The result that has one row for each source transaction. */
  public static final String LOG = "storm_log";

  private static final List<String> RESULTS = List.of(LOG, "storm_sessions", "storm_values");
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final long LOOK_NANOS = 200_000_000L;
  private static final int PREPARED_TRANSACTIONS = 20;
  private static final int TOLERATED_FAILURES = 2;

  /** Little, so that a transaction of middling size is more than the sink holds in memory. */
  private static final int BUFFER_BYTES = 1024 * 1024;

  /** More than sessions append to at once, and than readers look at. */
  private static final int LISTS_KEPT = 40;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final StormStack stack;
  private final Path directory;
  private final Path infra;

  /** Works with a stack that runs and has no connectors. */
  public StormPipeline(StormStack stack) {
    this.stack = stack;
    this.directory = stack.data().resolve("pipeline");
    this.infra = Distribution.locate().infra();
  }

  /**
   * Makes the tables, allows transactions to be prepared, and installs the audit of the orders.
   *
   * @throws StackException if the source can't be prepared
   */
  public void prepareSource() throws SQLException, IOException {
    try (Connection source = stack.sourceAsSuperuser()) {
      Query.of("ALTER SYSTEM SET max_prepared_transactions = " + PREPARED_TRANSACTIONS).run(source);
      Query.of(resource("source.sql")).run(source);
    }
    // the setting needs a start of the server, and the launcher starts what dies
    stack.processes(Service.SOURCE_DATABASE).forEach(ServerProcess::kill);
    awaitSource();
    OrderAudit.install(stack.endpoints().sourceJdbcUrl());
  }

  /**
   * Has the sinks put their tables on the small disk, where there is one.
   *
   * @throws SQLException if the target can't be prepared
   */
  public void prepareTarget() throws SQLException, IOException {
    if (stack.disk().isEmpty()) {
      return;
    }
    Path tables = stack.disk().get().tables(stack.data().resolve(Service.TARGET_DATABASE.id()));
    try (Connection target = stack.targetAsSuperuser()) {
      Query.of("CREATE TABLESPACE storm LOCATION '" + tables + "'").run(target);
      Query.of("GRANT CREATE ON TABLESPACE storm TO cdc_sink").run(target);
      Query.of("ALTER ROLE cdc_sink SET default_tablespace = 'storm'").run(target);
      Query.of("ALTER ROLE cdc_sink SET temp_tablespaces = 'storm'").run(target);
    }
  }

  /**
   * Deletes what the checks have compared: the audit and the lists that are full, so that a long
   * storm costs no more than a short one. In one transaction, which is in the audit itself.
   */
  public void prune() throws SQLException {
    try (Connection source = stack.source()) {
      source.setAutoCommit(false);
      // nobody who writes is there, unless a prepared transaction holds a list
      Query.of("SET LOCAL lock_timeout = '20s'").run(source);
      Query.of("DELETE FROM storm_audit").run(source);
      Query.of(
              "DELETE FROM storm_lists WHERE list_id < (SELECT max(list_id) FROM storm_lists) - ?",
              LISTS_KEPT)
          .run(source);
      Query.of("INSERT INTO storm_audit DEFAULT VALUES ON CONFLICT DO NOTHING").run(source);
      source.commit();
    }
  }

  private void awaitSource() throws SQLException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (Connection source = stack.sourceAsSuperuser()) {
        Query.of("SELECT 1").run(source);
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
  }

  /**
   * Makes the topics, puts the connectors and waits until they run.
   *
   * @throws StackException if they don't
   */
  public void deploy() throws IOException {
    writeResults();
    writeTopics();
    Path connectors = directory.resolve("connectors");
    Files.createDirectories(connectors.resolve("streamed"));
    writeConnectors(infra.resolve("connectors"), connectors);
    writeConnectors(infra.resolve("connectors/streamed"), connectors.resolve("streamed"));
    Deployment deployment = new Deployment(stack.endpoints(), StackListener.NONE);
    deployment.createTopics(directory.resolve("topics.json"));
    List<String> names = deployment.putConnectors(connectors, stack.way());
    deployment.awaitRunning(names, TOLERATED_FAILURES, PATIENCE);
  }

  /** The definitions of all results: the shop's and the storm's. */
  public Path results() {
    return directory.resolve("results");
  }

  /** Compares all results with the mirrors beside them. */
  public OneView oneView() throws IOException {
    Map<String, OneView.Queries> logs = new HashMap<>(OneView.SHOP_LOGS);
    logs.put(
        LOG,
        new OneView.Queries(
            "SELECT xid FROM storm_audit",
            "SELECT DISTINCT xid FROM storm_log JOIN storm_audit USING (xid)"));
    return new OneView(ResultFile.readDirectory(results()), logs);
  }

  private void writeResults() throws IOException {
    Files.createDirectories(results());
    for (Path file : sorted(infra.resolve("results"), ".sql")) {
      Files.writeString(results().resolve(file.getFileName()), Files.readString(file));
    }
    for (String result : RESULTS) {
      Files.writeString(results().resolve(result + ".sql"), resource(result + ".sql"));
    }
  }

  private void writeTopics() throws IOException {
    ObjectNode root = (ObjectNode) JSON.readTree(infra.resolve("topics.json").toFile());
    ArrayNode topics = (ArrayNode) root.path("topics");
    JsonNode like = topics.get(0);
    for (String table : TABLES) {
      topics.add(((ObjectNode) like.deepCopy()).put("name", topic(table)));
    }
    JSON.writeValue(directory.resolve("topics.json").toFile(), root);
  }

  private void writeConnectors(Path from, Path to) throws IOException {
    for (Path file : sorted(from, ".json")) {
      ObjectNode connector = (ObjectNode) JSON.readTree(file.toFile());
      adapt(connector.path("name").asText(), (ObjectNode) connector.path("config"));
      JSON.writeValue(to.resolve(file.getFileName()).toFile(), connector);
    }
  }

  private void adapt(String name, ObjectNode config) {
    if (name.equals(StormConnectors.SOURCE)) {
      append(config, "table.include.list", TABLES.stream().map(table -> "public." + table));
    } else if (name.equals(StormConnectors.SINK)) {
      append(config, "topics", TABLES.stream().map(StormPipeline::topic));
      config.put("results.dir", results().toString());
      config.put("buffer.max.bytes", Integer.toString(BUFFER_BYTES));
    }
  }

  private static void append(ObjectNode config, String key, Stream<String> more) {
    StringBuilder list = new StringBuilder(config.path(key).asText());
    more.forEach(value -> list.append(',').append(value));
    config.put(key, list.toString());
  }

  private static String topic(String table) {
    return "shop.public." + table;
  }

  private static List<Path> sorted(Path from, String ending) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = StormPipeline.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
