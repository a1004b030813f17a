package dev.cdcpipeline.app.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * Brings a pipeline whose servers run, embedded or not, to the state that the deployment files
 * describe. Every step may be done again at any time and changes nothing the second time.
 */
public final class Deployment {
  private final Endpoints endpoints;
  private final StackListener listener;
  private FirstProgress progress;
  private ConnectorDeployer deployer;

  /**
   * @param endpoints where the servers answer; of a step whose server is not known nothing is done
   * @param listener hears of connectors that fail
   */
  public Deployment(Endpoints endpoints, StackListener listener) {
    this.endpoints = endpoints;
    this.listener = listener;
  }

  /**
   * Creates the topics of a file that don't exist.
   *
   * @throws StackException if the file can't be read, or the broker doesn't answer or refuses one
   */
  public void createTopics(Path file) {
    Topics topics = Topics.read(file);
    try (Admin admin =
        Admin.create(
            endpoints.kafkaClient(
                Map.of(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "60000")))) {
      topics.create(admin);
    }
  }

  /**
   * Has the registry refuse a schema that readers of the one before can't read.
   *
   * @throws StackException if it doesn't answer or refuses
   */
  public void requireCompatibleSchemas() {
    HttpAddress registry = endpoints.registry();
    requireCompatibleSchemas(new HttpCall(registry), registry);
  }

  static void requireCompatibleSchemas(HttpCall http, HttpAddress registry) {
    try {
      HttpCall.Reply reply =
          http.send("PUT", registry, "/config", "{\"compatibility\": \"BACKWARD\"}");
      if (!reply.isOk()) {
        throw new StackException(
            "the schema registry at %s refused compatibility BACKWARD: %d %s"
                .formatted(registry, reply.status(), reply.body()));
      }
    } catch (IOException e) {
      throw new StackException(
          "cannot set the compatibility of the schema registry at %s: %s"
              .formatted(registry, e.getMessage()),
          e);
    }
  }

  /**
   * Puts the connectors that a way needs of those in a directory, those that Connect has already in
   * just that configuration left alone.
   *
   * @return their names
   * @throws StackException if a topic that one needs is missing (nothing has been put then), a file
   *     can't be read, or Connect doesn't answer or refuses one; those before it have been put
   */
  public List<String> putConnectors(Path directory, Way way) {
    if (endpoints.bootstrapServers() != null) {
      List<String> missing =
          new NeededTopics(endpoints).missing(ConnectorDeployer.configurations(directory, way));
      if (!missing.isEmpty()) {
        throw new StackException(String.join(System.lineSeparator(), missing));
      }
    }
    progress = new FirstProgress(endpoints);
    deployer = new ConnectorDeployer(new ConnectClient(endpoints.connect()));
    return deployer.deploy(directory, way);
  }

  /**
   * Waits until every task of the connectors that were put runs, starting failed ones again, and
   * until each has done its first step: a sink has claimed its ledger in the target, a source reads
   * its slot. Of a database that is not known only the tasks are looked at.
   *
   * @param failures how often one may fail before that counts as its answer
   * @throws StackException if one has failed too often, with the innermost cause and Connect's
   *     trace, or the time is over; the message says what is missing
   */
  public void awaitProgress(int failures, Duration limit) {
    new ConnectorRepair(new ConnectClient(endpoints.connect()), listener)
        .awaitRunning(
            List.copyOf(deployer.deployed().keySet()),
            failures,
            limit,
            () -> progress.missing(deployer.deployed(), deployer.changed()));
  }

  /**
   * Waits until every task of the connectors runs, starting failed ones again.
   *
   * @param failures how often one may fail before that counts as its answer
   * @throws StackException if one has failed too often, with Connect's trace, or the time is over
   */
  public void awaitRunning(List<String> connectors, int failures, Duration limit) {
    new ConnectorRepair(new ConnectClient(endpoints.connect()), listener)
        .awaitRunning(connectors, failures, limit);
  }
}
