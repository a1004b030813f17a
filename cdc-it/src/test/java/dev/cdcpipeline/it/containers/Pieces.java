package dev.cdcpipeline.it.containers;

import dev.cdcpipeline.app.stack.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.MountableFile;

/**
 * The containers of a stack, made as {@code compose.yaml} makes them: the same images, files, names
 * and secrets.
 *
 * <p>Each has one port on 127.0.0.1 that it keeps when it is restarted, unlike one that Docker
 * chooses.
 */
final class Pieces {
  private static final Duration START_LIMIT = Duration.ofMinutes(4);
  private static final int READABLE = 0444;
  private static final int WRITABLE = 0644;
  private static final int EXECUTABLE = 0555;

  private final Images images;
  private final Path infra;
  private final Network network;
  private final Map<Service, Integer> ports = new EnumMap<>(Service.class);

  Pieces(Images images, Path infra, Network network) {
    this.images = images;
    this.infra = infra;
    this.network = network;
  }

  /** The port on 127.0.0.1 of a piece that has been made. */
  int port(Service service) {
    return ports.get(service);
  }

  /**
   * A PostgreSQL server.
   *
   * @param secrets passwords by the name that the SQL file has for them
   */
  GenericContainer<?> postgres(
      Service service, String database, String superuser, Map<String, String> secrets) {
    PostgreSQLContainer container =
        new PostgreSQLContainer(images.postgres())
            .withDatabaseName(database)
            .withUsername("postgres")
            .withPassword(superuser);
    container.withCommand(
        "postgres", "-c", "config_file=/etc/cdc/postgresql.conf", "-c", "listen_addresses=*");
    container
        .withCreateContainerCmdModifier(command -> command.withUser("postgres"))
        .withCopyFileToContainer(
            file("postgresql/" + service.id() + ".conf"), "/etc/cdc/postgresql.conf")
        .withCopyFileToContainer(file("sql/" + service.id() + ".sql"), "/etc/cdc/database.sql")
        .withCopyFileToContainer(
            MountableFile.forHostPath(infra.resolve("postgresql/initialise.sh"), EXECUTABLE),
            "/docker-entrypoint-initdb.d/initialise.sh");
    secrets.forEach((name, value) -> secret(container, name + "_password", value));
    return wired(container, service, 5432);
  }

  /** The broker, its own controller. */
  GenericContainer<?> broker() {
    KafkaContainer container =
        new KafkaContainer(images.kafka())
            .withListener("broker:19092")
            .withEnv("KAFKA_LOG_DIRS", "/var/lib/kafka/data")
            .withCopyFileToContainer(
                // the image appends to a copy of it, which has the mode of the original
                MountableFile.forHostPath(infra.resolve("kafka/broker.properties"), WRITABLE),
                "/mnt/shared/config/server.properties");
    return wired(container, Service.BROKER, 9092);
  }

  /** The registry. */
  GenericContainer<?> registry() {
    GenericContainer<?> container = new GenericContainer<>(images.registry());
    container.waitingFor(Wait.forHttp("/apis/ccompat/v7/subjects").forPort(8080));
    return wired(container, Service.REGISTRY, 8080);
  }

  /** The Connect worker. */
  GenericContainer<?> connect(
      String connectorPassword, String sinkPassword, String connectPassword) {
    GenericContainer<?> container = new GenericContainer<>(images.connect());
    container
        .withEnv("CDC_BOOTSTRAP_SERVERS", "broker:19092")
        .withEnv("CDC_SCHEMA_REGISTRY_URL", "http://registry:8080/apis/ccompat/v7")
        .withEnv("CDC_SOURCE_HOST", "source")
        .withEnv("CDC_SOURCE_PORT", "5432")
        .withEnv("CDC_SOURCE_DATABASE", "shop")
        .withEnv("CDC_TARGET_URL", "jdbc:postgresql://target:5432/analytics")
        .withEnv("CDC_CONNECTOR_PASSWORD_FILE", "/run/secrets/connector_password")
        .withEnv("CDC_SINK_PASSWORD_FILE", "/run/secrets/sink_password")
        .withEnv("CDC_CONNECT_PASSWORD_FILE", "/run/secrets/connect_password")
        .withEnv("CDC_ADVERTISED_HOST", "connect")
        .withEnv("CDC_HEAP", "-Xmx1g");
    secret(container, "connector_password", connectorPassword);
    secret(container, "sink_password", sinkPassword);
    secret(container, "connect_password", connectPassword);
    container.waitingFor(
        Wait.forHttp("/connectors").forPort(8083).withBasicCredentials("connect", connectPassword));
    return wired(container, Service.CONNECT, 8083);
  }

  /** The Streams application. */
  GenericContainer<?> streams() {
    GenericContainer<?> container = new GenericContainer<>(images.application());
    container
        .withCommand("streams")
        .withEnv("CDC_BOOTSTRAP_SERVERS", "broker:19092")
        .withEnv("CDC_SCHEMA_REGISTRY_URL", "http://registry:8080/apis/ccompat/v7")
        .withEnv("CDC_HEAP", "-Xmx512m");
    container.waitingFor(Wait.forHttp("/status").forPort(8090));
    return wired(container, Service.STREAMS, 8090);
  }

  private GenericContainer<?> wired(GenericContainer<?> container, Service service, int inside) {
    int outside = Ports.free();
    ports.put(service, outside);
    container.withExposedPorts(inside);
    container.setPortBindings(List.of("127.0.0.1:" + outside + ":" + inside));
    container.withNetwork(network).withNetworkAliases(service.id());
    container.withStartupTimeout(START_LIMIT);
    return container;
  }

  private MountableFile file(String path) {
    return MountableFile.forHostPath(infra.resolve(path), READABLE);
  }

  private static void secret(GenericContainer<?> container, String name, String value) {
    container.withCopyToContainer(
        Transferable.of(value.getBytes(StandardCharsets.UTF_8), READABLE), "/run/secrets/" + name);
  }

  /** Ports that nobody listens on. */
  private static final class Ports {
    private Ports() {}

    static int free() {
      try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
        return socket.getLocalPort();
      } catch (IOException e) {
        throw new UncheckedIOException("no free port", e);
      }
    }
  }
}
