package dev.cdcpipeline.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cdcpipeline.app.monitor.PipelineStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;

/** A pipeline's status as JSON; the fields' names are part of the command's interface. */
final class StatusJson {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private StatusJson() {}

  static String write(PipelineStatus status) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("health", status.health().name().toLowerCase(Locale.ROOT));
    ArrayNode problems = root.putArray("problems");
    status
        .problems()
        .forEach(
            problem ->
                problems
                    .addObject()
                    .put("severity", problem.severity().name().toLowerCase(Locale.ROOT))
                    .put("what", problem.what()));
    ArrayNode connectors = root.putArray("connectors");
    status
        .connectors()
        .forEach(
            one ->
                connectors
                    .addObject()
                    .put("name", one.name())
                    .put("state", one.state())
                    .put("error", one.error().isEmpty() ? null : one.error()));
    status.subjects().forEach(root.putArray("subjects")::add);
    ArrayNode lags = root.putArray("consumerLag");
    status
        .lags()
        .forEach(
            lag ->
                lags.addObject()
                    .put("group", lag.group())
                    .put("topic", lag.topic())
                    .put("records", lag.records()));
    ArrayNode slots = root.putArray("replicationSlots");
    status
        .slots()
        .forEach(
            slot ->
                slots
                    .addObject()
                    .put("name", slot.name())
                    .put("active", slot.active())
                    .put("lagBytes", slot.lagBytes())
                    .put("walStatus", slot.walStatus()));
    ArrayNode positions = root.putArray("positions");
    for (PipelineStatus.Position position : status.positions()) {
      ObjectNode node = positions.addObject();
      node.put("sink", position.sink());
      node.put("commitLsn", position.commitLsn().orElse(null));
      node.put("commitTime", position.commitTime().map(Instant::toString).orElse(null));
      node.put("appliedAt", position.appliedAt().map(Instant::toString).orElse(null));
      node.put("ageMs", position.age().map(age -> age.toMillis()).orElse(null));
    }
    ArrayNode snapshots = root.putArray("snapshots");
    for (PipelineStatus.Snapshot snapshot : status.snapshots()) {
      ObjectNode node = snapshots.addObject();
      node.put("sink", snapshot.sink());
      node.put("table", snapshot.table());
      node.put("rows", snapshot.rows());
      node.put("expected", snapshot.expected().orElse(null));
      node.put("leftMs", snapshot.left().map(left -> left.toMillis()).orElse(null));
    }
    ArrayNode tables = root.putArray("tables");
    status
        .tables()
        .forEach(
            table ->
                tables
                    .addObject()
                    .put("name", table.name())
                    .put("rows", table.rows())
                    .put("estimated", table.estimated()));
    root.put("comparing", status.comparing().orElse(null));
    ArrayNode comparisons = root.putArray("comparison");
    status.comparisons().forEach(comparison -> add(comparison, comparisons.addObject()));
    return JSON.writeValueAsString(root);
  }

  private static void add(PipelineStatus.Comparison comparison, ObjectNode node) {
    node.put("table", comparison.table());
    node.put("comparedWith", comparison.comparedWith());
    node.put("state", comparison.state());
    node.put("rows", comparison.rows());
    node.put("differences", comparison.differences());
    node.put("undecided", comparison.undecided());
    node.put("commitLsn", comparison.commit().orElse(null));
    node.put("comparedAt", comparison.comparedAt().toString());
    node.put("differentSince", comparison.differentSince().map(Instant::toString).orElse(null));
    node.put("problem", comparison.problem().orElse(null));
    ArrayNode first = node.putArray("first");
    for (PipelineStatus.Difference difference : comparison.first()) {
      ObjectNode row = first.addObject();
      row.put("kind", difference.kind());
      ObjectNode key = row.putObject("key");
      difference.key().forEach(key::put);
      difference.columns().forEach(row.putArray("columns")::add);
    }
  }
}
