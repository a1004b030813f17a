package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.it.Certificates.Issued;
import dev.cdcpipeline.it.SecuredStack.Said;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The whole pipeline with TLS and authentication at every connection, and what is said where a
 * certificate is wrong.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransportSecurityIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String EXPIRED = "the server's certificate has expired (NotAfter: ";
  private static final String OTHER_HOST = "the server's certificate is for another host (";
  private static final String MISSING = "a trust store, key store or certificate is missing (";
  private static final String UNTRUSTED = "the server's certificate is not trusted here (";

  private SecuredStack stack;

  @BeforeAll
  void start() throws Exception {
    assumeThat(StackKind.selected()).contains(StackKind.EMBEDDED);
    stack =
        SecuredStack.start(
            Files.createTempDirectory(Path.of("target"), "secured-").toAbsolutePath());
  }

  @AfterAll
  void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  private void order(int id) {
    assertThat(tryOrder(id)).as("order %d is written at the source", id).isTrue();
  }

  private boolean tryOrder(int id) {
    try (Connection source = DriverManager.getConnection(sourceUrl());
        Statement statement = source.createStatement()) {
      source.setAutoCommit(false);
      statement.execute(
          "INSERT INTO orders (order_id, customer_id, total_amount) VALUES (%d, 2, 10)"
              .formatted(id));
      statement.execute(
          "INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (%d, 1, 1,"
                  .formatted(id)
              + " 10)");
      source.commit();
      return true;
    } catch (SQLException e) {
      System.err.println("order " + id + ": " + e);
      return false;
    }
  }

  private String sourceUrl() {
    return stack.cdcSettings().getProperty("source.url");
  }

  private void assertEqualToTheSource() {
    Said said = stack.cdc("reconcile", "--way", "both", "--wait", "180s");
    assertThat(said.code()).as(said.text()).isZero();
  }

  @Test
  void everythingArrivesOverEncryptedConnections() throws SQLException {
    order(500_001);

    assertEqualToTheSource();

    Said status = stack.cdc("status");
    assertThat(status.code()).as(status.text()).isZero();
    Said topic = stack.cdc("topics", "show", "shop.public.orders", "--limit", "1");
    assertThat(topic.text()).as("decoded with the registry's schema").contains("\"order_id\":");
    Said reread = stack.cdc("table", "reread", "customers");
    assertThat(reread.code()).as(reread.text()).isZero();
    for (String url :
        List.of(stack.bare().sourceAdminJdbcUrl(), stack.bare().targetAdminJdbcUrl())) {
      assertThat(
              SecuredStack.column(
                  url,
                  "SELECT usename || ' ' || (ssl AND client_dn = '/CN=' || usename) FROM"
                      + " pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename LIKE 'cdc%'"))
          .isNotEmpty()
          .allMatch(session -> session.endsWith(" true"));
    }
  }

  @Test
  void nobodyIsServedWithoutTlsOrWithoutShowingWhoHeIs() throws Exception {
    String source = sourceUrl();
    assertThatThrownBy(
            () -> DriverManager.getConnection(source.replace("verify-full", "disable")).close())
        .hasMessageContaining("no pg_hba.conf entry");
    assertThatThrownBy(
            () -> DriverManager.getConnection(source.replaceFirst("&sslcert=.*", "")).close())
        .hasMessageContaining("valid client certificate");
    assertThatThrownBy(
            () ->
                DriverManager.getConnection(source.replaceFirst("/shop\\.(crt|pk8)", "/analyst.$1"))
                    .close())
        .isInstanceOf(SQLException.class);

    Map<String, Object> client = stack.endpoints().kafkaClient(Map.of("retries", "0"));
    Map<String, Object> nameless = new HashMap<>(client);
    nameless.keySet().removeIf(key -> key.contains("keystore"));
    assertThatThrownBy(() -> SecuredStack.topics(nameless))
        .hasCauseInstanceOf(SslAuthenticationException.class);
    assertThatThrownBy(() -> SecuredStack.topics(stack.scram("guessed")))
        .hasCauseInstanceOf(SaslAuthenticationException.class);

    Properties settings = stack.cdcSettings();
    for (String key : List.of("registry.url", "connect.url")) {
      settings.setProperty(key, settings.getProperty(key).replaceFirst(":[^:@/]*@", ":guessed@"));
    }
    Said status = SecuredStack.cdc(stack.settings("stranger", settings), "status");
    assertThat(status.text()).contains("refuses the credentials", "HTTP status 401");
  }

  @Test
  void noConnectorSendsAPasswordInTheClear() throws Exception {
    Map<String, Map<String, String>> without =
        Map.of(
            "shop-source",
            Map.of("database.sslmode", "disable"),
            SecuredStack.SINK,
            Map.of("kafka.security.protocol", "SASL_PLAINTEXT"),
            "streamed-events",
            Map.of("connection.url", "${env:CDC_TARGET_URL}&sslmode=disable"));
    for (String connector : without.keySet()) {
      ObjectNode config = (ObjectNode) stack.connect().configuration(connector).orElseThrow();
      without.get(connector).forEach(config::put);

      assertThatThrownBy(() -> stack.connect().put(connector, config))
          .hasMessageContaining(without.get(connector).keySet().iterator().next() + " must be ");
    }
  }

  @Test
  void theCommandSaysWhatIsWrongWithACertificate() throws Exception {
    Properties settings = stack.cdcSettings();
    settings.replaceAll((key, value) -> value.toString().replace("localhost:", "127.0.0.1:"));
    Said byAddress = SecuredStack.cdc(stack.settings("by-address", settings), "status");
    assertThat(byAddress.code()).isEqualTo(2);
    assertThat(byAddress.text().lines().filter(line -> line.contains(OTHER_HOST)))
        .as(byAddress.text())
        .anyMatch(line -> line.contains("! Connect at https://127.0.0.1:"))
        .anyMatch(line -> line.contains("! the schema registry at https://127.0.0.1:"))
        .anyMatch(line -> line.contains("! Kafka at 127.0.0.1:"))
        .anyMatch(line -> line.contains("! the source database does not answer: "))
        .anyMatch(line -> line.contains("! the target database does not answer: "))
        .allMatch(
            line ->
                line.endsWith(
                    "connect by a name that is in it, or have one issued with this name"));

    settings = stack.cdcSettings();
    settings.replaceAll((key, value) -> value.toString().replace("/ca.pem", "/no-such.pem"));
    Path missing = stack.settings("missing", settings);
    Said withoutStore = SecuredStack.cdc(missing, "status");
    assertThat(withoutStore.code()).isEqualTo(2);
    assertThat(withoutStore.text().lines().filter(line -> line.contains(MISSING)))
        .as(withoutStore.text())
        .hasSize(5)
        .allMatch(line -> line.contains("no-such.pem"));
    Said reconcile = SecuredStack.cdc(missing, "reconcile", "--wait", "1s");
    assertThat(reconcile.code()).isEqualTo(2);
    assertThat(reconcile.text()).contains(MISSING, "no-such.pem").doesNotContain("\tat ");

    Issued stranger = new Certificates(Files.createDirectory(stack.file("stranger"))).server();
    Files.writeString(stack.file("stranger.pem"), stranger.authorityPem());
    settings = stack.cdcSettings();
    settings.replaceAll((key, value) -> value.toString().replace("/ca.pem", "/stranger.pem"));
    Said untrusted = SecuredStack.cdc(stack.settings("untrusted", settings), "status");
    assertThat(untrusted.text().lines().filter(line -> line.contains(UNTRUSTED)))
        .as(untrusted.text())
        .hasSize(5);
  }

  @Test
  void theCommandSaysThatACertificateHasExpired() throws Exception {
    Issued expired = stack.certificates().expired();
    stack.serveDatabases(expired);
    // a handshake fails before it matters what would have answered
    try (TlsFront any =
        new TlsFront(URI.create("http://127.0.0.1:1"), expired.context(), "", "", 0)) {
      Properties settings = stack.cdcSettings();
      for (String key : List.of("bootstrap.servers", "registry.url", "connect.url")) {
        settings.setProperty(
            key,
            settings.getProperty(key).replaceFirst("localhost:\\d+", "localhost:" + any.port()));
      }
      Path config = stack.settings("expired", settings);
      Said status = SecuredStack.cdc(config, "status");
      assertThat(status.code()).isEqualTo(2);
      assertThat(status.text().lines().filter(line -> line.contains(EXPIRED)))
          .as(status.text())
          .hasSize(5)
          .allMatch(line -> line.endsWith("; renew it at the server"));
      Said reconcile = SecuredStack.cdc(config, "reconcile", "--wait", "1s");
      assertThat(reconcile.code()).isEqualTo(2);
      assertThat(reconcile.text()).contains(EXPIRED).doesNotContain("\tat ");
    } finally {
      stack.serveDatabases(stack.server());
    }
  }

  @Test
  void theSinksTraceSaysWhatIsWrongAndItGoesOnWhenThatIsMended() throws Exception {
    ObjectNode config = (ObjectNode) stack.connect().configuration(SecuredStack.SINK).orElseThrow();
    ObjectNode impatient = config.deepCopy();
    impatient.put("retry.timeout.ms", "1000");
    Path own = stack.file("cdc_sink.crt");
    Path away = stack.file("cdc_sink.away");
    try {
      stack.serveDatabases(stack.certificates().expired());
      stack.connect().put(SecuredStack.SINK, impatient);
      awaitSinkSays("cannot connect to the target ", EXPIRED, "renew it at the server");

      stack.serveDatabases(stack.certificates().elsewhere());
      stack.connect().restartFailed(SecuredStack.SINK);
      awaitSinkSays("cannot connect to the target ", OTHER_HOST);

      stack.serveDatabases(stack.server());
      Files.move(own, away);
      stack.connect().restartFailed(SecuredStack.SINK);
      awaitSinkSays("cannot connect to the target ", MISSING, own.toString());
    } finally {
      stack.serveDatabases(stack.server());
      if (Files.exists(away)) {
        Files.move(away, own);
      }
      stack.connect().put(SecuredStack.SINK, config);
      awaitTasks();
    }
    order(500_002);
    assertEqualToTheSource();
  }

  private void awaitSinkSays(CharSequence... words) {
    Awaitility.await("the sink has failed and says " + List.of(words))
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(
                        stack.connect().statuses().stream()
                            .filter(status -> status.name().equals(SecuredStack.SINK))
                            .flatMap(status -> status.failures().stream())
                            .findFirst()
                            .map(state -> state.cause())
                            .orElse("it has not failed"))
                    .contains(words));
  }

  private void awaitTasks() {
    Awaitility.await("every task runs")
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(
            () -> {
              boolean all = true;
              for (var status : stack.connect().statuses()) {
                all &= status.isRunning();
                if (!status.failures().isEmpty()) {
                  stack.connect().restartFailed(status.name());
                }
              }
              return all;
            });
  }

  @Test
  void goesOnWithOtherCertificates() throws Exception {
    Map<String, String> before = stack.shown();
    AtomicInteger next = new AtomicInteger(600_000);
    ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
    // who opens a connection between two renames has a certificate and another's key: once more
    ScheduledFuture<?> writing =
        writer.scheduleWithFixedDelay(
            () -> {
              if (tryOrder(next.get())) {
                next.incrementAndGet();
              }
            },
            0,
            200,
            TimeUnit.MILLISECONDS);
    try {
      stack.issue();
      assertThat(stack.shown()).as("nobody was told").isEqualTo(before);
      stack.takeUpCertificates();
      assertThat(writing.isDone()).as("the writer has failed").isFalse();
    } finally {
      writer.shutdownNow();
    }

    assertThat(stack.shown())
        .hasSize(7)
        .allSatisfy(
            (name, serial) -> assertThat(serial).as(name).isEqualTo(stack.server().serial()));
    awaitTasks();
    order(700_000);
    assertEqualToTheSource();
    assertThat(next.get()).as("orders written meanwhile").isGreaterThan(600_010);
    Said status = stack.cdc("status");
    assertThat(status.code()).as(status.text()).isZero();
  }
}
