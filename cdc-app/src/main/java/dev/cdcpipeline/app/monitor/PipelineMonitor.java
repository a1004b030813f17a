package dev.cdcpipeline.app.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cdcpipeline.app.monitor.PipelineStatus.Comparison;
import dev.cdcpipeline.app.monitor.PipelineStatus.Connector;
import dev.cdcpipeline.app.monitor.PipelineStatus.Health;
import dev.cdcpipeline.app.monitor.PipelineStatus.Lag;
import dev.cdcpipeline.app.monitor.PipelineStatus.Position;
import dev.cdcpipeline.app.monitor.PipelineStatus.Problem;
import dev.cdcpipeline.app.monitor.PipelineStatus.Slot;
import dev.cdcpipeline.app.monitor.PipelineStatus.Snapshot;
import dev.cdcpipeline.app.monitor.PipelineStatus.Table;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Endpoints;
import dev.cdcpipeline.app.stack.HttpAddress;
import dev.cdcpipeline.app.stack.NeededTopics;
import dev.cdcpipeline.app.stack.StackException;
import dev.cdcpipeline.model.tls.TlsProblem;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.KafkaException;

/**
 * Asks every piece of a pipeline how it is, one after another; a piece whose address is not known
 * is not asked.
 */
public final class PipelineMonitor {

  private static final long SLOT_LAG_LIMIT = 1L << 30;

  private final Endpoints endpoints;
  private final List<Problem> problems = new ArrayList<>();
  private Optional<String> comparing = Optional.empty();
  private boolean kafkaAnswers;

  /**
   * @param endpoints where the pieces answer; null for those that are not to be asked
   */
  public PipelineMonitor(Endpoints endpoints) {
    this.endpoints = endpoints;
  }

  /** Asks them all; never throws for a piece that does not answer. Call it once. */
  public PipelineStatus read() {
    List<Connector> connectors = endpoints.connectUrl() == null ? List.of() : connectors();
    List<String> subjects = endpoints.registryUrl() == null ? List.of() : subjects();
    List<Lag> lags = endpoints.bootstrapServers() == null ? List.of() : lags();
    if (endpoints.connectUrl() != null && kafkaAnswers) {
      lookForTopics(connectors);
    }
    List<Slot> slots =
        endpoints.sourceJdbcUrl() == null ? List.of() : slots(endpoints.sourceJdbcUrl());
    List<Position> positions = new ArrayList<>();
    List<Snapshot> snapshots = new ArrayList<>();
    List<Table> tables = new ArrayList<>();
    List<Comparison> comparisons = new ArrayList<>();
    if (endpoints.targetJdbcUrl() != null) {
      readComparison(endpoints.targetJdbcUrl(), comparisons);
      readTarget(endpoints.targetJdbcUrl(), positions, snapshots, tables);
    }
    problems.sort(Comparator.comparing(Problem::severity).reversed());
    Health health = problems.isEmpty() ? Health.HEALTHY : problems.get(0).severity();
    return new PipelineStatus(
        health,
        List.copyOf(problems),
        connectors,
        subjects,
        lags,
        slots,
        positions,
        expecting(snapshots),
        tables,
        comparisons,
        comparing);
  }

  private List<Snapshot> expecting(List<Snapshot> snapshots) {
    if (snapshots.isEmpty() || endpoints.sourceJdbcUrl() == null) {
      return snapshots;
    }
    try (Connection source = DatabaseStatus.connect(endpoints.sourceJdbcUrl())) {
      return SnapshotStatus.expecting(snapshots, source);
    } catch (SQLException e) {
      // that the source is away is among the problems already
      return snapshots;
    }
  }

  private List<Connector> connectors() {
    List<Connector> connectors = new ArrayList<>();
    try {
      for (ConnectClient.Status status : new ConnectClient(endpoints.connect()).statuses()) {
        add(status.connector(), connectors);
        status.tasks().forEach(task -> add(task, connectors));
        if (status.tasks().isEmpty()) {
          degraded("connector " + status.name() + " has no task");
        }
      }
      if (connectors.isEmpty()) {
        down(connect() + " has no connector; put one with its REST API");
      }
    } catch (IOException | KafkaException e) {
      down(connect() + " does not answer: " + why(e));
    }
    return connectors;
  }

  private String connect() {
    return "Connect at " + HttpAddress.of(endpoints.connectUrl());
  }

  /** The failure's message, or what is wrong with TLS: clients leave that to the causes. */
  private static String why(Exception failure) {
    return TlsProblem.of(failure).orElseGet(failure::getMessage);
  }

  private void add(ConnectClient.State state, List<Connector> connectors) {
    String error = state.cause();
    connectors.add(new Connector(state.name(), state.state(), error));
    if (!state.isRunning()) {
      degraded(
          "connector "
              + state.name()
              + " is "
              + state.state()
              + (error.isEmpty() ? "" : ": " + error));
    }
  }

  /** A connector whose topic does not exist hangs while all its tasks are RUNNING. */
  private void lookForTopics(List<Connector> connectors) {
    Map<String, JsonNode> configurations = new TreeMap<>();
    try {
      ConnectClient connect = new ConnectClient(endpoints.connect());
      for (Connector connector : connectors) {
        if (!connector.name().contains("/")) {
          connect
              .configuration(connector.name())
              .ifPresent(config -> configurations.put(connector.name(), config));
        }
      }
      new NeededTopics(endpoints).missing(configurations).forEach(this::degraded);
    } catch (IOException | KafkaException | StackException e) {
      degraded("cannot tell whether the connectors' topics exist: " + why(e));
    }
  }

  private List<String> subjects() {
    try {
      return RegistrySubjects.list(endpoints.registry());
    } catch (IOException | KafkaException e) {
      degraded(
          "the schema registry at "
              + HttpAddress.of(endpoints.registryUrl())
              + " does not answer: "
              + why(e));
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  private List<Lag> lags() {
    try {
      List<Lag> lags = ConsumerLag.read(endpoints);
      kafkaAnswers = true;
      return lags;
    } catch (IOException | KafkaException e) {
      down("Kafka at " + endpoints.bootstrapServers() + " does not answer: " + why(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return List.of();
  }

  private List<Slot> slots(String url) {
    try (Connection source = DatabaseStatus.connect(url)) {
      List<Slot> slots = DatabaseStatus.slots(source);
      for (Slot slot : slots) {
        if (slot.walStatus().equals("lost")) {
          down("replication slot " + slot.name() + " is lost: the source has removed its log");
        } else if (!slot.active()) {
          degraded("replication slot " + slot.name() + " is read by nobody");
        } else if (slot.lagBytes() > SLOT_LAG_LIMIT) {
          degraded(
              "replication slot "
                  + slot.name()
                  + " is "
                  + (slot.lagBytes() >> 20)
                  + " MB behind; the source keeps its log until it is read");
        }
      }
      if (slots.isEmpty()) {
        degraded("the source has no replication slot: no connector has ever run");
      }
      return slots;
    } catch (SQLException e) {
      down("the source database does not answer: " + why(e));
      return List.of();
    }
  }

  private void readTarget(
      String url, List<Position> positions, List<Snapshot> snapshots, List<Table> tables) {
    try (Connection target = DatabaseStatus.connect(url)) {
      positions.addAll(DatabaseStatus.positions(target));
      snapshots.addAll(SnapshotStatus.loading(target));
      tables.addAll(DatabaseStatus.tables(target));
      DatabaseStatus.uncertainDeliveries(target).forEach(this::degraded);
      DatabaseStatus.resultProblems(target).forEach(this::degraded);
      if (positions.isEmpty() && tables.stream().noneMatch(PipelineMonitor::isStreamed)) {
        degraded("the target has no position: no sink has ever written there");
      }
    } catch (SQLException e) {
      down("the target database does not answer: " + why(e));
    }
  }

  private void readComparison(String url, List<Comparison> comparisons) {
    try (Connection target = DatabaseStatus.connect(url)) {
      comparing = ComparisonStatus.doing(target);
      comparisons.addAll(ComparisonStatus.read(target));
      comparisons.forEach(
          comparison -> ComparisonStatus.problem(comparison).ifPresent(this::degraded));
    } catch (SQLException e) {
      // that the target is away is said where its position is read
      comparing = Optional.empty();
    }
  }

  private static boolean isStreamed(Table table) {
    return table.name().startsWith("streamed.");
  }

  private void degraded(String what) {
    problems.add(new Problem(Health.DEGRADED, what));
  }

  private void down(String what) {
    problems.add(new Problem(Health.DOWN, what));
  }
}
