package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.stack.CdcStack;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What another user of the machine can reach of an embedded stack, and what whoever has the
 * password of Connect's REST API gains by it.
 */
@ExtendWith(SharedStack.class)
class SecurityIT {
  private static final String VALIDATE = "/connector-plugins/PostgresSinkConnector/config/validate";
  private static final String LOGIN =
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"kafka\""
          + " password=\"guessed\";";

  private final EmbeddedStack stack;
  private final String connect;
  private final Properties secrets = new Properties();

  SecurityIT(CdcStack stack) throws IOException {
    this.stack = (EmbeddedStack) stack;
    this.connect = stack.endpoints().connectUrl();
    try (Reader reader =
        Files.newBufferedReader(this.stack.dataDirectory().resolve("secrets.properties"))) {
      secrets.load(reader);
    }
  }

  static Stream<Map<String, String>> strangers() {
    return Stream.of(Map.of(), basic("connect", ""), basic("connect", "guessed"), basic("", ""));
  }

  private static Map<String, String> basic(String user, String password) {
    return Map.of(
        "Authorization",
        "Basic "
            + Base64.getEncoder()
                .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8)));
  }

  private Map<String, String> operator() {
    return basic("connect", secrets.getProperty("connect"));
  }

  private String shown(String value) throws IOException {
    return new ObjectMapper()
        .writeValueAsString(
            Map.of(
                "name", "x",
                "connector.class", "PostgresSinkConnector",
                "topics", "x",
                "sink.name", value));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void connectTellsNothingToWhoeverLacksThePassword(Map<String, String> credentials)
      throws IOException {
    String secret = shown("${env:CDC_SINK_PASSWORD}");

    assertThat(
            List.of(
                Intruder.ask(connect, "GET", "/connectors", credentials, ""),
                Intruder.ask(connect, "GET", "/", credentials, ""),
                Intruder.ask(connect, "GET", "/admin/loggers", credentials, ""),
                Intruder.ask(connect, "PUT", VALIDATE, credentials, secret),
                Intruder.ask(connect, "PUT", "/connectors/x/config", credentials, secret),
                Intruder.ask(connect, "DELETE", "/connectors/shop-source", credentials, "")))
        .allSatisfy(answer -> assertThat(answer.status()).isEqualTo(401))
        .noneSatisfy(answer -> assertThat(answer.body()).contains(passwords()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/apis/registry/v2/admin/rules",
        "/apis/registry/v2/admin;x/export",
        "/apis;x/registry/v2/%61dmin/loggers",
        "/apis/registry/v2/../v2/admin/config/properties",
        "/apis/registry/v1/artifacts",
        "/ui/index.html"
      })
  void theRegistryOffersNoAdministration(String path) throws IOException {
    String registry = stack.endpoints().registryUrl();

    assertThat(Intruder.ask(registry, "GET", path, Map.of(), "").status()).isEqualTo(404);
    assertThat(Intruder.ask(registry, "GET", "/apis/ccompat/v7/subjects", Map.of(), "").status())
        .isEqualTo(200);
  }

  @Test
  void aBrowserCannotBeMadeToAsk() throws IOException {
    Map<String, String> rebound = new HashMap<>(operator());
    rebound.put("Host", "evil.example:8083");
    Map<String, String> foreign = new HashMap<>(operator());
    foreign.put("Origin", "http://evil.example");

    assertThat(Intruder.ask(connect, "GET", "/connectors", rebound, "").status()).isEqualTo(403);
    assertThat(Intruder.ask(connect, "GET", "/connectors", foreign, "").status()).isEqualTo(403);
    assertThat(Intruder.ask(connect, "GET", "/connectors", operator(), "").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "${env:CDC_SINK_PASSWORD}",
        "x${env:CDC_CONNECTOR_PASSWORD}",
        "${env:CDC_KAFKA_SASL_JAAS_CONFIG}"
      })
  void thePasswordOfConnectIsNotThatOfAnythingElse(String reference) throws IOException {
    Intruder.Answer answer = Intruder.ask(connect, "PUT", VALIDATE, operator(), shown(reference));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("may not refer to").doesNotContain(passwords());
  }

  @Test
  void noFileAndNoOtherVariableCanBeReferredTo() throws IOException {
    Path file = stack.dataDirectory().resolve("secrets.properties");

    assertThat(
            List.of(
                Intruder.ask(
                    connect, "PUT", VALIDATE, operator(), shown("${file:" + file + ":postgres}")),
                Intruder.ask(connect, "PUT", VALIDATE, operator(), shown("${env:PATH}"))))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(200);
              assertThat(answer.body())
                  .contains("${")
                  .doesNotContain(passwords())
                  .doesNotContain(System.getenv("PATH"));
            });
  }

  @Test
  void noConnectorTakesAPasswordToAnotherServer() throws IOException {
    String connector =
        new ObjectMapper()
            .writeValueAsString(
                Map.of(
                    "connector.class", "PostgresSinkConnector",
                    "connection.url", "jdbc:postgresql://127.0.0.1:1/analytics",
                    "connection.password", "${env:CDC_SINK_PASSWORD}"));

    Intruder.Answer answer =
        Intruder.ask(connect, "PUT", "/connectors/thief/config", operator(), connector);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("connection.url");
    assertThat(Intruder.ask(connect, "GET", "/connectors", operator(), "").body())
        .doesNotContain("thief");
  }

  @Test
  void aConnectorDoesNotChooseWhoItsKafkaClientsAre() throws IOException {
    String connector =
        new ObjectMapper()
            .writeValueAsString(
                Map.of(
                    "name", "x",
                    "connector.class", "PostgresSinkConnector",
                    "topics", "x",
                    "consumer.override.sasl.jaas.config", LOGIN,
                    "consumer.override.bootstrap.servers", "127.0.0.1:1"));

    assertThat(Intruder.ask(connect, "PUT", VALIDATE, operator(), connector).body())
        .contains("The 'Allowlist' policy does not allow 'sasl.jaas.config'")
        .contains("The 'Allowlist' policy does not allow 'bootstrap.servers'");
  }

  @Test
  void kafkaServesNobodyWithoutThePassword() {
    String servers = stack.endpoints().bootstrapServers();
    Map<String, Object> wrong =
        Map.of(
            "bootstrap.servers",
            servers,
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "PLAIN",
            "sasl.jaas.config",
            LOGIN);
    Map<String, Object> none =
        Map.of(
            "bootstrap.servers", servers,
            "request.timeout.ms", "2000",
            "default.api.timeout.ms", "4000");

    assertThatThrownBy(() -> topics(wrong)).hasCauseInstanceOf(SaslAuthenticationException.class);
    assertThatThrownBy(() -> topics(none)).hasCauseInstanceOf(TimeoutException.class);
    assertThatThrownBy(
            () -> {
              try (KafkaProducer<String, String> producer =
                  new KafkaProducer<>(wrong, new StringSerializer(), new StringSerializer())) {
                producer
                    .send(new ProducerRecord<>("cdc-connect-configs", "connector-x", "{}"))
                    .get();
              }
            })
        .hasRootCauseInstanceOf(SaslAuthenticationException.class);
  }

  @Test
  void kafkasControllerServesNobodyWithoutThePassword() throws IOException {
    Properties broker = new Properties();
    try (Reader reader =
        Files.newBufferedReader(stack.dataDirectory().resolve("run/broker.properties"))) {
      broker.load(reader);
    }
    String controller = broker.getProperty("controller.quorum.voters").replaceFirst(".*@", "");

    assertThatThrownBy(
            () ->
                nodes(
                    Map.of(
                        "bootstrap.controllers",
                        controller,
                        "security.protocol",
                        "SASL_PLAINTEXT",
                        "sasl.mechanism",
                        "PLAIN",
                        "sasl.jaas.config",
                        LOGIN)))
        .hasCauseInstanceOf(SaslAuthenticationException.class);
  }

  private static Collection<String> topics(Map<String, Object> client)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(client)) {
      return admin.listTopics().names().get();
    }
  }

  private static int nodes(Map<String, Object> client)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(client)) {
      return admin.describeCluster().nodes().get().size();
    }
  }

  @Test
  void theDatabasesSuperuserHasNoRightsOfTheLaunchers() throws SQLException {
    for (String url : List.of(stack.sourceAdminJdbcUrl(), stack.targetAdminJdbcUrl())) {
      assertThatThrownBy(() -> execute(url, "COPY (SELECT) TO PROGRAM 'cat /etc/shadow >&2'"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("failed");
      assertThatThrownBy(() -> execute(url, "SELECT pg_read_file('/etc/shadow')"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("Permission denied");
    }
  }

  @Test
  void rolesReachTheirDatabaseAndNoOther() {
    for (String other : List.of("postgres", "template1")) {
      String url = stack.endpoints().targetJdbcUrl().replaceFirst("/analytics\\b", "/" + other);

      assertThatThrownBy(() -> execute(url, "SELECT 1"))
          .hasMessageContaining("pg_hba.conf rejects");
    }
  }

  @Test
  void theConnectorsRoleTakesNoBackupOfTheServer() {
    String url =
        stack
            .sourceAdminJdbcUrl()
            .replaceFirst("\\?.*", "")
            .concat(
                "?user=cdc_connector&replication=true&assumeMinServerVersion=9.4&preferQueryMode=simple&password=")
            .concat(secrets.getProperty("cdc_connector"));

    assertThatThrownBy(() -> execute(url, "IDENTIFY_SYSTEM"))
        .hasMessageContaining("no pg_hba.conf entry for replication connection");
  }

  @Test
  void underRootTheServersAreUsersOfTheirOwnWhoCannotReadTheSecrets() throws Exception {
    assumeTrue(Intruder.canBeNobody(), "needs root and setpriv");
    String read =
        "SELECT pg_read_file('%s')".formatted(stack.dataDirectory().resolve("secrets.properties"));

    assertThatThrownBy(() -> execute(stack.sourceAdminJdbcUrl(), read))
        .hasMessageContaining("Permission denied");
    List<Object> owners =
        List.of(
            Files.getAttribute(stack.dataDirectory().resolve("source"), "unix:uid"),
            Files.getAttribute(stack.dataDirectory().resolve("target"), "unix:uid"));
    assertThat(owners).doesNotHaveDuplicates().doesNotContain(0, 65534);
    for (Path process : processes()) {
      String command = commandLine(process);
      if (command.contains("cdc.piece=source@" + stack.dataDirectory())) {
        assertThat(Files.getAttribute(process, "unix:uid")).isEqualTo(owners.get(0));
      }
    }
  }

  @Test
  void nobodyCanEnterTheDataDirectory() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(stack.dataDirectory())))
        .isEqualTo("rwx------");
    assumeTrue(Intruder.canBeNobody(), "needs root and setpriv");

    for (String file : List.of("secrets.properties", "stack.properties", "logs/connect.log")) {
      Intruder.Answer answer =
          Intruder.run(List.of("cat", stack.dataDirectory().resolve(file).toString()));
      assertThat(answer.status()).as(file).isNotZero();
      assertThat(answer.body()).contains("Permission denied");
    }
  }

  @Test
  void noPasswordIsInAProcessListOrALog() throws IOException {
    for (Path process : processes()) {
      assertThat(commandLine(process)).doesNotContain(passwords());
    }
    try (Stream<Path> logs = Files.list(stack.dataDirectory().resolve("logs"))) {
      for (Path log : logs.toList()) {
        assertThat(Files.readString(log)).as(log.toString()).doesNotContain(passwords());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
            .isEqualTo("rw-------");
      }
    }
    assertThat(stack.endpoints().toString()).doesNotContain(passwords());
  }

  private CharSequence[] passwords() {
    return secrets.values().stream().map(Object::toString).toArray(CharSequence[]::new);
  }

  private static List<Path> processes() throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
      return entries.filter(entry -> entry.getFileName().toString().matches("\\d+")).toList();
    }
  }

  /** Empty for a process that has ended since. */
  private static String commandLine(Path process) {
    try {
      return Files.readString(process.resolve("cmdline")).replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }

  private static void execute(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
