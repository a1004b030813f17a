package dev.cdcpipeline.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;

/**
 * A second pipeline on the same stack: databases of its own at both ends, and connectors made of
 * the deployment's files. Its accounts add up to nothing at every commit.
 */
final class Bank implements AutoCloseable {
  private static final Path FILES = Path.of("src/test/resources/bank").toAbsolutePath();
  private static final String SOURCE_CONNECTOR = "bank-source";
  private static final String SINK_CONNECTOR = "bank-sink";
  private static final String SLOT = "cdc_bank";

  private final EmbeddedStack stack;
  private final ConnectClient connect;

  /** Makes both databases, the accounts, their audit and the topics; nothing is captured yet. */
  Bank(EmbeddedStack stack) throws IOException, SQLException {
    this.stack = stack;
    this.connect = new ConnectClient(stack.endpoints().connectUrl());
    execute(stack.sourceAdminJdbcUrl(), "CREATE DATABASE bank");
    execute(stack.targetAdminJdbcUrl(), "CREATE DATABASE bank OWNER cdc_sink");
    execute(sourceUrl(), Files.readString(FILES.resolve("source.sql")));
    createTopics();
  }

  /** The bank's source, as superuser. */
  String sourceUrl() {
    return stack.sourceAdminJdbcUrl().replaceFirst("/shop\\b", "/bank");
  }

  /** The bank's mirror and results, as superuser, found without schema. */
  String targetUrl() {
    return stack.targetAdminJdbcUrl().replaceFirst("/analytics\\b", "/bank");
  }

  Connection source() throws SQLException {
    return DriverManager.getConnection(sourceUrl());
  }

  Connection target() throws SQLException {
    Connection connection = DriverManager.getConnection(targetUrl());
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET search_path = mirror, analytics");
    }
    return connection;
  }

  /** The result definitions of the bank. */
  static Path results() {
    return FILES.resolve("results");
  }

  private void createTopics() {
    List<NewTopic> topics =
        List.of(
            new NewTopic("bank.public.accounts", Optional.of(3), Optional.empty()),
            new NewTopic("bank.transaction", Optional.of(1), Optional.empty()),
            new NewTopic("bank.signal", Optional.of(1), Optional.empty()),
            new NewTopic("__debezium-heartbeat.bank", Optional.of(1), Optional.empty()));
    try (Admin admin = Admin.create(stack.endpoints().kafkaClient())) {
      admin.createTopics(topics).all().get();
    } catch (ExecutionException e) {
      throw new AssertionError("cannot create the bank's topics", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while creating topics", e);
    }
  }

  /** Deploys source and sink and waits until they run. */
  void startPipeline() throws IOException {
    connect.put(SINK_CONNECTOR, sinkConfiguration());
    connect.put(SOURCE_CONNECTOR, sourceConfiguration());
    awaitPipeline();
  }

  /** Waits until both connectors run, starting what has failed again. */
  void awaitPipeline() {
    stack.awaitConnectors(List.of(SOURCE_CONNECTOR, SINK_CONNECTOR), Duration.ofMinutes(3));
  }

  private static ObjectNode deployed(String file) throws IOException {
    Path path = Distribution.locate().infra().resolve("connectors").resolve(file);
    return (ObjectNode) new ObjectMapper().readTree(path.toFile()).path("config");
  }

  private ObjectNode sourceConfiguration() throws IOException {
    return deployed("shop-source.json")
        .put("database.dbname", "bank")
        .put("topic.prefix", "bank")
        .put("table.include.list", "public.accounts")
        .put("publication.name", "bank_publication")
        .put("slot.name", SLOT)
        .put("signal.kafka.topic", "bank.signal");
  }

  private ObjectNode sinkConfiguration() throws IOException {
    return deployed("analytics-sink.json")
        .put("topics", "bank.public.accounts,bank.transaction")
        .put("sink.name", "bank")
        .put("source.topic.prefix", "bank")
        .put("transaction.topic", "bank.transaction")
        .put("connection.url", targetUrl().replaceFirst("\\?.*", ""))
        .put("results.dir", results().toString())
        // little, so that a transaction of middling size goes to disk
        .put("buffer.max.bytes", "2097152");
  }

  /** Opens many accounts in one transaction; together they hold nothing. */
  void openAccounts(int count) throws SQLException {
    execute(
        sourceUrl(),
        "INSERT INTO accounts SELECT 10000000 + i, i % 10, i % 97, CASE i % 2 WHEN 0 THEN 5 ELSE -5"
            + " END FROM generate_series(1, 2 * "
            + count / 2
            + ") i");
  }

  /** Takes connectors, slots and databases away again. */
  @Override
  public void close() throws SQLException {
    ConnectRest operator = new ConnectRest(stack.endpoints().connectUrl());
    operator.call("DELETE", "/connectors/" + SOURCE_CONNECTOR);
    operator.call("DELETE", "/connectors/" + SINK_CONNECTOR);
    try (Connection admin = DriverManager.getConnection(stack.sourceAdminJdbcUrl());
        Statement statement = admin.createStatement()) {
      Awaitility.await("the bank's slots are free")
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                try (ResultSet row =
                    statement.executeQuery(
                        "SELECT count(*) FROM pg_replication_slots WHERE database = 'bank' AND"
                            + " active")) {
                  return row.next() && row.getInt(1) == 0;
                }
              });
      statement.execute(
          "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
              + " WHERE database = 'bank'");
      statement.execute("DROP DATABASE bank WITH (FORCE)");
    }
    execute(stack.targetAdminJdbcUrl(), "DROP DATABASE bank WITH (FORCE)");
  }

  private static void execute(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
