package dev.cdcpipeline.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.cli.CdcCommand;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Distribution;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackOptions;
import dev.cdcpipeline.it.Certificates.Issued;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringWriter;
import java.io.Writer;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.Awaitility;

/**
 * The pipeline with TLS and authentication at every connection, as docs/transport-security.md says.
 *
 * <p>An embedded stack gives the databases, the registry, the ports and the passwords. Then the
 * databases are told to speak TLS alone, and registry, broker and Connect worker are started again
 * with TLS. The registry asks for no password by itself: a proxy before it does. Connect logs in to
 * Kafka by SCRAM, the Streams application and the cdc command by certificate.
 */
final class SecuredStack implements AutoCloseable {
  static final String SINK = "analytics-sink";

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> ROLES = List.of("cdc_connector", "cdc_sink", "shop", "analyst");
  private static final String RULES =
      """
      hostssl all postgres 127.0.0.1/32 scram-sha-256
      hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-full
      """;

  private final Thread shutdownHook = new Thread(this::stopAll, "secured-stack-shutdown");
  private final Map<String, Process> processes = new HashMap<>();
  private final Path directory;
  private final Path tls;
  private final Certificates certificates;
  private final EmbeddedStack stack;
  private final Properties secrets;
  private final int scramPort;
  private final int mutualPort = freePort();
  private final int connectPort;
  private final int streamsPort = freePort();
  private final int registryPort = freePort();
  private Issued server;
  private TlsFront registry;

  private SecuredStack(Path directory) throws IOException {
    this.directory = directory;
    tls = Files.createDirectories(directory.resolve("tls"));
    certificates = new Certificates(directory);
    stack = EmbeddedStack.start(StackOptions.in(directory.resolve("data")).withoutConnectors());
    secrets = load(stack.dataDirectory().resolve("secrets.properties"));
    scramPort = port(stack.endpoints().bootstrapServers());
    connectPort = port(stack.endpoints().connectUrl());
  }

  /** Starts everything, and puts the connectors by {@code cdc deploy}. */
  static SecuredStack start(Path directory) throws Exception {
    SecuredStack secured = new SecuredStack(directory);
    boolean started = false;
    try {
      Runtime.getRuntime().addShutdownHook(secured.shutdownHook);
      secured.secure();
      started = true;
      return secured;
    } finally {
      if (!started) {
        secured.close();
      }
    }
  }

  private void secure() throws Exception {
    issue();
    serveDatabases(server);
    stack.stop(Service.REGISTRY);
    startRegistry();
    registry = front(server, 0);
    try (Admin admin = Admin.create(stack.endpoints().kafkaClient())) {
      admin
          .alterUserScramCredentials(
              List.of(
                  new UserScramCredentialUpsertion(
                      "connect",
                      new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
                      secrets.getProperty("kafka"))))
          .all()
          .get();
    }
    stack.stop(Service.CONNECT);
    stack.stop(Service.BROKER);
    startBroker();
    store(config(), cdcSettings());
    Awaitility.await("the broker answers by TLS")
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(
            () ->
                !topics(
                        endpoints()
                            .kafkaClient(
                                Map.of(
                                    "default.api.timeout.ms",
                                    "5000",
                                    "request.timeout.ms",
                                    "5000")))
                    .isEmpty());
    startConnect();
    Said deployed =
        cdc(
            "deploy",
            "--connectors",
            connectors().toString(),
            "--topics",
            Distribution.locate().infra().resolve("topics.json").toString(),
            "--way",
            "both");
    if (deployed.code() != 0) {
      throw new AssertionError("cdc deploy: " + deployed.text() + tail("connect"));
    }
    startStreams();
  }

  // ---- certificates

  /** Issues a certificate to everybody and replaces the files. Nobody is told. */
  void issue() throws Exception {
    server = certificates.server();
    Certificates.replace(tls.resolve("ca.pem"), server.authorityPem().getBytes(UTF_8));
    Certificates.replace(
        tls.resolve("server.pem"),
        (server.keyPem() + server.pem() + server.authorityPem()).getBytes(UTF_8));
    Certificates.replace(tls.resolve("server.p12"), server.pkcs12());
    List<String> clients = new ArrayList<>(ROLES);
    clients.add("application");
    for (String name : clients) {
      Issued client = certificates.client(name);
      Certificates.replace(tls.resolve(name + ".crt"), client.pem().getBytes(UTF_8));
      Certificates.replaceKey(tls.resolve(name + ".pk8"), client.key().getEncoded());
      Certificates.replace(
          tls.resolve(name + ".pem"),
          (client.keyPem() + client.pem() + client.authorityPem()).getBytes(UTF_8));
    }
  }

  Certificates certificates() {
    return certificates;
  }

  /** The certificate that servers have by now. */
  Issued server() {
    return server;
  }

  /** The file of a certificate, a key or a store. */
  Path file(String name) {
    return tls.resolve(name);
  }

  /** Has both databases show a certificate, and waits until they do. */
  void serveDatabases(Issued certificate) throws SQLException {
    for (String url : List.of(stack.sourceAdminJdbcUrl(), stack.targetAdminJdbcUrl())) {
      try (Connection database = DriverManager.getConnection(url);
          Statement statement = database.createStatement()) {
        write(statement, "root.crt", certificate.authorityPem());
        write(statement, "server.crt", certificate.pem());
        write(statement, "server.key", certificate.keyPem());
        write(statement, "pg_hba.conf", RULES);
        statement.execute("ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
        statement.execute("ALTER SYSTEM SET ssl = on");
        statement.execute("SELECT pg_reload_conf()");
      }
      Awaitility.await("the database shows its certificate")
          .atMost(LIMIT)
          .ignoreExceptions()
          .until(() -> databaseSerial(url).equals(certificate.serial()));
    }
  }

  /** The server's files are its user's, in a directory that only it can enter. */
  private static void write(Statement statement, String file, String text) throws SQLException {
    statement.execute(
        "COPY (SELECT unnest(string_to_array(trim(trailing E'\\n' from '%s'), E'\\n'))) TO PROGRAM 'cat > %s'"
            .formatted(text, file));
  }

  private String databaseSerial(String url) throws Exception {
    return CertificateOf.database(databasePort(url));
  }

  private TlsFront front(Issued certificate, int port) throws Exception {
    return new TlsFront(
        URI.create("https://localhost:" + registryPort),
        certificate.context(),
        "registry",
        secrets.getProperty("connect"),
        port);
  }

  /** The documented step after the files were replaced: each server and client as it needs. */
  void takeUpCertificates() throws Exception {
    serveDatabases(server);
    stop("registry");
    startRegistry();
    int port = registry.port();
    registry.close();
    registry = front(server, port);
    try (Admin admin = Admin.create(endpoints().kafkaClient())) {
      List<AlterConfigOp> reload =
          Stream.of("clients", "mutual")
              .map(
                  listener ->
                      new AlterConfigOp(
                          new ConfigEntry(
                              "listener.name." + listener + ".ssl.keystore.location",
                              file("server.pem").toString()),
                          AlterConfigOp.OpType.SET))
              .toList();
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.BROKER, "1"),
                  (Collection<AlterConfigOp>) reload))
          .all()
          .get();
    }
    restart("connect");
    restart("streams");
  }

  /** The serial numbers of the certificates that the servers show. */
  Map<String, String> shown() throws Exception {
    return Map.of(
        "source", databaseSerial(stack.sourceAdminJdbcUrl()),
        "target", databaseSerial(stack.targetAdminJdbcUrl()),
        "Kafka, SCRAM", CertificateOf.tls(scramPort),
        "Kafka, certificates", CertificateOf.tls(mutualPort),
        "registry", CertificateOf.tls(registryPort),
        "before the registry", CertificateOf.tls(registry.port()),
        "Connect", CertificateOf.tls(connectPort));
  }

  // ---- servers

  private void startBroker() throws IOException {
    Properties broker = load(stack.dataDirectory().resolve("run/broker.properties"));
    broker.stringPropertyNames().stream()
        .filter(name -> name.contains("sasl"))
        .forEach(broker::remove);
    String controller = broker.getProperty("controller.quorum.voters").replaceFirst(".*:", "");
    broker.setProperty(
        "listeners",
        "CLIENTS://127.0.0.1:%d,MUTUAL://127.0.0.1:%d,CONTROLLER://127.0.0.1:%s"
            .formatted(scramPort, mutualPort, controller));
    broker.setProperty(
        "advertised.listeners",
        "CLIENTS://localhost:%d,MUTUAL://localhost:%d".formatted(scramPort, mutualPort));
    broker.setProperty("controller.quorum.voters", "1@localhost:" + controller);
    broker.setProperty(
        "listener.security.protocol.map", "CLIENTS:SASL_SSL,MUTUAL:SSL,CONTROLLER:SSL");
    broker.setProperty("inter.broker.listener.name", "MUTUAL");
    broker.setProperty("sasl.enabled.mechanisms", "SCRAM-SHA-512");
    broker.setProperty(
        "listener.name.clients.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    broker.setProperty("ssl.keystore.type", "PEM");
    broker.setProperty("ssl.keystore.location", file("server.pem").toString());
    broker.putAll(trust(""));
    broker.setProperty("listener.name.mutual.ssl.client.auth", "required");
    broker.setProperty("listener.name.controller.ssl.client.auth", "required");
    Path file = directory.resolve("broker.properties");
    store(file, broker);
    start(
        "broker",
        List.of("-Xmx384m", "-cp", classPath("kafka")),
        Map.of(),
        "dev.cdcpipeline.runtime.kafka.BrokerProcess",
        file.toString());
  }

  private void startRegistry() throws IOException {
    Path data = Files.createDirectories(directory.resolve("registry"));
    Files.writeString(file("server.key"), server.keyPem());
    Files.writeString(file("server.crt"), server.pem());
    start(
        "registry",
        List.of(
            "-Xmx384m",
            "-Dquarkus.http.host=127.0.0.1",
            "-Dquarkus.http.insecure-requests=disabled",
            "-Dquarkus.http.ssl-port=" + registryPort,
            "-Dquarkus.http.ssl.certificate.files=" + file("server.crt"),
            "-Dquarkus.http.ssl.certificate.key-files=" + file("server.key"),
            "-Dquarkus.datasource.jdbc.acquisition-timeout=120S",
            "-Dquarkus.datasource.jdbc.url=jdbc:h2:file:" + data.resolve("registry"),
            "-jar",
            registryJar()),
        Map.of());
    Awaitility.await("the registry answers by TLS")
        .atMost(LIMIT)
        .failFast("it has ended: " + log("registry"), () -> !isAlive("registry"))
        .ignoreExceptions()
        .until(() -> CertificateOf.tls(registryPort).equals(server.serial()));
  }

  private static String registryJar() throws IOException {
    try (Stream<Path> files = Files.list(Distribution.locate().home().resolve("registry"))) {
      return files
          .map(Path::toString)
          .filter(file -> file.endsWith("-runner.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  private void startConnect() throws IOException {
    Properties worker = load(stack.dataDirectory().resolve("run/connect.properties"));
    worker.setProperty("bootstrap.servers", "localhost:" + scramPort);
    for (String client : List.of("", "producer.", "consumer.", "admin.")) {
      worker.setProperty(client + "security.protocol", "SASL_SSL");
      worker.setProperty(client + "sasl.mechanism", "SCRAM-SHA-512");
      worker.setProperty(client + "sasl.jaas.config", scram());
      worker.putAll(trust(client));
    }
    worker.setProperty("listeners", "https://127.0.0.1:" + connectPort);
    worker.setProperty("rest.advertised.listener", "https");
    worker.setProperty("rest.advertised.host.name", "localhost");
    worker.setProperty("listeners.https.ssl.keystore.type", "PKCS12");
    worker.setProperty("listeners.https.ssl.keystore.location", file("server.p12").toString());
    worker.setProperty("listeners.https.ssl.keystore.password", Certificates.password());
    worker.setProperty("listeners.https.ssl.key.password", Certificates.password());
    // neither a connector nor who may put one ends the encryption of the source's password
    worker.setProperty(
        "config.providers.env.param.allowlist.pattern",
        worker
            .getProperty("config.providers.env.param.allowlist.pattern")
            .replace("SOURCE_(", "SOURCE_(SSLMODE|"));
    worker.merge(
        "cdc.rest.secret.CDC_CONNECTOR_PASSWORD",
        ",database.sslmode=CDC_SOURCE_SSLMODE",
        (rule, more) -> rule.toString() + more);
    Path file = directory.resolve("connect.properties");
    store(file, worker);
    Map<String, String> environment = new HashMap<>();
    environment.put("CDC_TLS_DIR", tls.toString());
    environment.put("CDC_SOURCE_HOST", "localhost");
    environment.put("CDC_SOURCE_PORT", Integer.toString(databasePort(stack.sourceAdminJdbcUrl())));
    environment.put("CDC_SOURCE_DATABASE", "shop");
    environment.put("CDC_SOURCE_SSLMODE", "verify-full");
    environment.put("CDC_CONNECTOR_PASSWORD", secrets.getProperty("cdc_connector"));
    environment.put("CDC_TARGET_URL", target() + "?" + sslParameters("cdc_sink"));
    environment.put("CDC_SINK_PASSWORD", secrets.getProperty("cdc_sink"));
    environment.put("CDC_BOOTSTRAP_SERVERS", "localhost:" + scramPort);
    environment.put("CDC_KAFKA_SECURITY_PROTOCOL", "SASL_SSL");
    environment.put("CDC_KAFKA_SASL_MECHANISM", "SCRAM-SHA-512");
    environment.put("CDC_KAFKA_SASL_JAAS_CONFIG", scram());
    environment.put("CDC_SCHEMA_REGISTRY_URL", registryUrl());
    environment.put("CDC_REGISTRY_USER_INFO", "registry:" + secrets.getProperty("connect"));
    environment.put("CDC_RESULTS_DIR", Distribution.locate().results().toString());
    start(
        "connect",
        List.of(
            "-Xmx1g",
            "-cp",
            classPath("kafka"),
            "-Djava.security.auth.login.config="
                + stack.dataDirectory().resolve("run/connect.jaas"),
            "-Dorg.apache.kafka.automatic.config.providers=org.apache.kafka.common.config.provider.EnvVarConfigProvider"),
        environment,
        "org.apache.kafka.connect.cli.ConnectDistributed",
        file.toString());
    Awaitility.await("Connect answers")
        .atMost(LIMIT)
        .failFast("the worker has ended: " + log("connect"), () -> !isAlive("connect"))
        .ignoreExceptions()
        .until(() -> !connect().request("GET", "/connectors", null).isEmpty());
  }

  private void startStreams() throws IOException {
    Properties streams =
        load(Distribution.locate().infra().resolve("streams/analytics.properties"));
    streams.setProperty("bootstrap.servers", "localhost:" + mutualPort);
    streams.putAll(mutual());
    streams.setProperty("schema.registry.url", registryUrl());
    streams.setProperty(
        "schema.registry.basic.auth.user.info", "registry:" + secrets.getProperty("connect"));
    streams.putAll(trust("schema.registry."));
    streams.setProperty("state.dir", directory.resolve("state").toString());
    streams.setProperty("status.port", Integer.toString(streamsPort));
    Path file = directory.resolve("streams.properties");
    store(file, streams);
    start(
        "streams",
        List.of(
            "-Xmx384m",
            "-cp",
            classPath("lib"),
            "-Dorg.slf4j.simpleLogger.log.dev.cdcpipeline=info"),
        Map.of(
            "ROCKSDB_SHAREDLIB_DIR",
            Files.createDirectories(directory.resolve("native")).toString()),
        "dev.cdcpipeline.transforms.application.StreamsApplication",
        file.toString());
    Awaitility.await("the Streams application runs")
        .atMost(LIMIT)
        .failFast("it has ended: " + log("streams"), () -> !isAlive("streams"))
        .ignoreExceptions()
        .until(
            () -> {
              try (var answer =
                  URI.create("http://127.0.0.1:" + streamsPort + "/status").toURL().openStream()) {
                return answer.read() >= 0;
              }
            });
  }

  private void restart(String name) throws IOException {
    stop(name);
    if (name.equals("connect")) {
      startConnect();
    } else {
      startStreams();
    }
  }

  private void start(
      String name, List<String> options, Map<String, String> environment, String... main)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlog4j2.configurationFile="
                    + Distribution.locate().home().resolve("conf/log4j2.properties")));
    command.addAll(options);
    command.addAll(List.of(main));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()));
    processes.put(name, builder.start());
  }

  private static String classPath(String part) throws IOException {
    try (Stream<Path> files = Files.list(Distribution.locate().home().resolve(part))) {
      return files
          .map(Path::toString)
          .filter(file -> file.endsWith(".jar"))
          .sorted()
          .collect(Collectors.joining(File.pathSeparator));
    }
  }

  private boolean isAlive(String name) {
    return processes.get(name).isAlive();
  }

  private void stop(String name) {
    Process process = processes.remove(name);
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private Path log(String name) {
    return directory.resolve(name + ".log");
  }

  /** What a process said last. */
  String tail(String name) {
    try {
      List<String> lines = Files.readAllLines(log(name));
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return "no log: " + e;
    }
  }

  // ---- settings

  /** A client that logs in by SCRAM with a password of its own. */
  Map<String, Object> scram(String password) {
    Map<String, Object> client = new HashMap<>(trust(""));
    client.put("bootstrap.servers", "localhost:" + scramPort);
    client.put("security.protocol", "SASL_SSL");
    client.put("sasl.mechanism", "SCRAM-SHA-512");
    client.put("sasl.jaas.config", jaas(password));
    return client;
  }

  private String scram() {
    return jaas(secrets.getProperty("kafka"));
  }

  private static String jaas(String password) {
    return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"connect\" password=\"%s\";"
        .formatted(password);
  }

  private Map<String, String> trust(String prefix) {
    return Map.of(
        prefix + "ssl.truststore.type",
        "PEM",
        prefix + "ssl.truststore.location",
        file("ca.pem").toString());
  }

  private Map<String, String> mutual() {
    Map<String, String> settings = new HashMap<>(trust(""));
    settings.put("security.protocol", "SSL");
    settings.put("ssl.keystore.type", "PEM");
    settings.put("ssl.keystore.location", file("application.pem").toString());
    return settings;
  }

  private String sslParameters(String role) {
    return "sslmode=verify-full&sslrootcert=%s&sslcert=%s&sslkey=%s"
        .formatted(file("ca.pem"), file(role + ".crt"), file(role + ".pk8"));
  }

  private String target() {
    return "jdbc:postgresql://localhost:%d/analytics"
        .formatted(databasePort(stack.targetAdminJdbcUrl()));
  }

  private String database(String url, String role) {
    return "%s?user=%s&password=%s&%s"
        .formatted(url, role, secrets.getProperty(role), sslParameters(role));
  }

  private String registryUrl() {
    return "https://localhost:" + registry.port() + "/apis/ccompat/v7";
  }

  /** The file for {@code --config}. */
  Path config() {
    return directory.resolve("pipeline.properties");
  }

  /** What the cdc command is told. */
  Properties cdcSettings() {
    Properties settings = new Properties();
    String source =
        "jdbc:postgresql://localhost:%d/shop".formatted(databasePort(stack.sourceAdminJdbcUrl()));
    settings.setProperty("source.url", database(source, "shop"));
    settings.setProperty("target.url", database(target(), "analyst"));
    settings.setProperty("sink.url", database(target(), "cdc_sink"));
    settings.setProperty("bootstrap.servers", "localhost:" + mutualPort);
    mutual().forEach((key, value) -> settings.setProperty("kafka." + key, value));
    settings.setProperty(
        "registry.url", credentials(registryUrl(), "registry", secrets.getProperty("connect")));
    settings.putAll(trust("registry."));
    settings.setProperty(
        "connect.url",
        credentials("https://localhost:" + connectPort, "connect", secrets.getProperty("connect")));
    settings.putAll(trust("connect."));
    return settings;
  }

  private static String credentials(String url, String user, String password) {
    return url.replaceFirst("//", "//" + user + ":" + password + "@");
  }

  /** The shipped connectors with what the document says is to be added to them. */
  private Path connectors() throws IOException {
    Path shipped = Distribution.locate().infra().resolve("connectors");
    Path own = Files.createDirectories(directory.resolve("connectors"));
    Files.createDirectories(own.resolve("streamed"));
    for (String name :
        List.of("shop-source", SINK, "streamed/streamed-events", "streamed/streamed-results")) {
      ObjectNode json = (ObjectNode) JSON.readTree(shipped.resolve(name + ".json").toFile());
      ObjectNode config = (ObjectNode) json.path("config");
      (name.equals("shop-source") ? sourceSettings() : sinkSettings()).forEach(config::put);
      Files.writeString(own.resolve(name + ".json"), json.toPrettyString());
    }
    return own;
  }

  private static Map<String, String> sourceSettings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("database.sslmode", "${env:CDC_SOURCE_SSLMODE}");
    settings.put("database.sslrootcert", "${env:CDC_TLS_DIR}/ca.pem");
    settings.put("database.sslcert", "${env:CDC_TLS_DIR}/cdc_connector.crt");
    settings.put("database.sslkey", "${env:CDC_TLS_DIR}/cdc_connector.pk8");
    settings.putAll(trustByVariable("signal.consumer."));
    for (String converter : List.of("key.converter.", "value.converter.")) {
      settings.put(converter + "basic.auth.user.info", "${env:CDC_REGISTRY_USER_INFO}");
      settings.putAll(trustByVariable(converter + "schema.registry."));
    }
    return settings;
  }

  private static Map<String, String> sinkSettings() {
    Map<String, String> settings = new HashMap<>(trustByVariable("kafka."));
    settings.put("schema.registry.basic.auth.user.info", "${env:CDC_REGISTRY_USER_INFO}");
    settings.putAll(trustByVariable("schema.registry."));
    return settings;
  }

  private static Map<String, String> trustByVariable(String prefix) {
    return Map.of(
        prefix + "ssl.truststore.type", "PEM",
        prefix + "ssl.truststore.location", "${env:CDC_TLS_DIR}/ca.pem");
  }

  // ---- what a test does with it

  /** What the cdc command said, and its exit code. */
  record Said(int code, String text) {}

  /** Runs the cdc command with the file of addresses. */
  Said cdc(String... words) {
    return cdc(config(), words);
  }

  /** Runs the cdc command with another file of addresses. */
  static Said cdc(Path config, String... words) {
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said, true);
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--config", config.toString()));
    int code = CdcCommand.commandLine().setOut(out).setErr(out).execute(all.toArray(String[]::new));
    return new Said(code, said.toString());
  }

  /** Where everything answers, with the settings of the file. */
  Endpoints endpoints() throws IOException {
    Properties file = load(config());
    return new Endpoints(
        file.getProperty("source.url"),
        file.getProperty("target.url"),
        file.getProperty("bootstrap.servers"),
        file.getProperty("registry.url"),
        file.getProperty("connect.url"),
        Endpoints.kafkaSecurity(file),
        Endpoints.httpSecurity(file));
  }

  ConnectClient connect() throws IOException {
    return new ConnectClient(endpoints().connect());
  }

  /** Addresses without any setting for security. */
  EmbeddedStack bare() {
    return stack;
  }

  /** A file of settings beside the others. */
  Path settings(String name, Properties settings) throws IOException {
    Path file = directory.resolve(name + ".properties");
    store(file, settings);
    return file;
  }

  static Collection<String> topics(Map<String, Object> client)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(client)) {
      return admin.listTopics().names().get();
    }
  }

  /** One column of a query by the superuser. */
  static List<String> column(String url, String sql) throws SQLException {
    try (Connection database = DriverManager.getConnection(url);
        Statement statement = database.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  private static int databasePort(String url) {
    return URI.create(url.substring("jdbc:".length())).getPort();
  }

  private static int port(String address) {
    return Integer.parseInt(address.replaceFirst(".*:", ""));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError("no free port", e);
    }
  }

  private static Properties load(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return properties;
  }

  private static void store(Path file, Properties properties) throws IOException {
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
  }

  private void stopAll() {
    for (String name : List.of("streams", "connect", "broker", "registry")) {
      stop(name);
    }
    if (registry != null) {
      registry.close();
    }
    stack.close();
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // the JVM goes down and stops them itself
      return;
    }
    stopAll();
  }
}
