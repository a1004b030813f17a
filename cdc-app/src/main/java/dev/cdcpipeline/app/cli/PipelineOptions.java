package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.RunningStack;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import picocli.CommandLine.Option;

/**
 * Which pipeline a command talks to: an embedded stack by its data directory, or any other by its
 * addresses.
 */
final class PipelineOptions {

  static final String DEFAULT_DATA = ".cdc";

  private static final String CONFIG_VARIABLE = "CDC_CONFIG";
  private static final String SINK_ROLE = "cdc_sink";
  private static final String READER_ROLE = "cdc_reader";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "data directory of a stack started with `cdc up` (default: ${DEFAULT-VALUE})",
      defaultValue = DEFAULT_DATA)
  private Path data;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "addresses of a pipeline that is not embedded, as a properties file: source.url, target.url"
            + " (JDBC, with user and password), reader.url, sink.url, bootstrap.servers,"
            + " kafka.<key> for what a Kafka client needs besides (kafka.security.protocol …),"
            + " registry.url (with the path of the Confluent API, if any), connect.url. Both may be"
            + " http://USER:PASSWORD@HOST:PORT or https, then with registry.ssl.<key> and"
            + " connect.ssl.<key> for the stores, named as Kafka names them. The options below win"
            + " over it; each of them may be env:NAME or file:PATH, for everybody can read a"
            + " command line. Without this option the variable CDC_CONFIG may name the file"
      })
  private Path config;

  @Option(names = "--source-url", paramLabel = "URL", description = "JDBC URL of the source")
  private String sourceUrl;

  @Option(names = "--target-url", paramLabel = "URL", description = "JDBC URL of the target")
  private String targetUrl;

  @Option(
      names = "--reader-url",
      paramLabel = "URL",
      description =
          "JDBC URL of the source as a role that may only read, for `cdc reconcile` and `cdc table"
              + " reread` (default: --source-url)")
  private String readerUrl;

  @Option(
      names = "--sink-url",
      paramLabel = "URL",
      description =
          "JDBC URL of the target as the sink's role, for `cdc results`, `cdc schema`, `cdc sink"
              + " reset` and `cdc sql --as-sink`")
  private String sinkUrl;

  @Option(names = "--bootstrap-servers", paramLabel = "LIST", description = "Kafka's brokers")
  private String bootstrapServers;

  @Option(names = "--registry-url", paramLabel = "URL", description = "schema registry")
  private String registryUrl;

  @Option(names = "--connect-url", paramLabel = "URL", description = "Connect's REST API")
  private String connectUrl;

  /**
   * The addresses that are known; those that were neither given nor belong to a running stack are
   * null.
   *
   * @throws CommandException none is known
   */
  Endpoints endpoints() {
    Properties file = load();
    Endpoints given =
        new Endpoints(
            jdbc("--source-url", sourceUrl, file.getProperty("source.url")),
            jdbc("--target-url", targetUrl, file.getProperty("target.url")),
            either("--bootstrap-servers", bootstrapServers, file.getProperty("bootstrap.servers")),
            either("--registry-url", registryUrl, file.getProperty("registry.url")),
            either("--connect-url", connectUrl, file.getProperty("connect.url")),
            Endpoints.kafkaSecurity(file),
            Endpoints.httpSecurity(file));
    if (!given.equals(new Endpoints(null, null, null, null, null))) {
      return given;
    }
    return RunningStack.find(data)
        .map(RunningStack::endpoints)
        .orElseThrow(
            () ->
                new CommandException(
                    "no stack runs on "
                        + data.toAbsolutePath().normalize()
                        + "; start one with `cdc up --data "
                        + data
                        + "`, or give the addresses of another pipeline (--config or --source-url"
                        + " …)"));
  }

  /**
   * The source's JDBC URL.
   *
   * @throws CommandException it is not known
   */
  String sourceUrl() {
    return known(endpoints().sourceJdbcUrl(), "--source-url");
  }

  /**
   * The target's JDBC URL.
   *
   * @throws CommandException it is not known
   */
  String targetUrl() {
    return known(endpoints().targetJdbcUrl(), "--target-url");
  }

  /**
   * The target's JDBC URL as the role that owns what the sink has made: given by {@code
   * --sink-url}, or that of the embedded stack.
   *
   * @throws CommandException it is not known
   */
  String sinkUrl() {
    String given = jdbc("--sink-url", sinkUrl, load().getProperty("sink.url"));
    if (given != null) {
      return given;
    }
    if (this.targetUrl != null || load().containsKey("target.url")) {
      throw new CommandException("--sink-url is needed: the target as the role the sink uses");
    }
    return embedded(targetUrl(), SINK_ROLE)
        .orElseThrow(
            () ->
                new CommandException("--sink-url is needed: the target as the role the sink uses"));
  }

  /**
   * The source's JDBC URL as a role that may only read: given by {@code --reader-url}, or that of
   * the embedded stack; else {@code --source-url}.
   *
   * @throws CommandException none is known
   */
  String readerUrl() {
    String given = jdbc("--reader-url", readerUrl, load().getProperty("reader.url"));
    if (given != null) {
      return given;
    }
    String source = sourceUrl();
    return this.sourceUrl != null || load().containsKey("source.url")
        ? source
        : embedded(source, READER_ROLE).orElse(source);
  }

  /** An address of the embedded stack as another role; empty if its password is not known. */
  private Optional<String> embedded(String address, String role) {
    Path secrets = data.resolve("secrets.properties");
    if (!Files.isReadable(secrets)) {
      return Optional.empty();
    }
    String base = address.contains("?") ? address.substring(0, address.indexOf('?')) : address;
    return Optional.ofNullable(read(secrets).getProperty(role))
        .map(password -> base + "?user=" + role + "&password=" + password);
  }

  static String known(String address, String option) {
    if (address == null) {
      throw new CommandException(option + " is needed too, where the other addresses are given");
    }
    return address;
  }

  private Properties load() {
    String named = System.getenv(CONFIG_VARIABLE);
    if (config == null && named != null && !named.isEmpty()) {
      return read(Path.of(named));
    }
    return config == null ? new Properties() : read(config);
  }

  private static Properties read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
      return properties;
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandException("cannot read " + file + ": " + e, e);
    }
  }

  /** Refused here, since the driver's own message has the URL with its password. */
  private static String jdbc(String option, String value, String property) {
    String url = either(option, value, property);
    if (url != null && !SessionOptions.isJdbcUrl(url)) {
      throw new CommandException(
          "%s: '%s' is no JDBC URL of PostgreSQL; expected jdbc:postgresql://HOST:PORT/DATABASE"
              .formatted(option, SessionOptions.withoutSecrets(url)));
    }
    return url;
  }

  private static String either(String option, String value, String property) {
    return value != null ? resolved(option, value) : property;
  }

  /** What an option refers to, if it does. */
  static String resolved(String option, String value) {
    if (value.startsWith("env:")) {
      String variable = System.getenv(value.substring(4));
      if (variable == null) {
        throw new CommandException("%s: the variable of %s is not set".formatted(option, value));
      }
      return variable;
    }
    if (value.startsWith("file:")) {
      try {
        return Files.readString(Path.of(value.substring(5))).strip();
      } catch (IOException e) {
        throw new CommandException("%s: cannot read %s: %s".formatted(option, value, e), e);
      }
    }
    return value;
  }
}
