package dev.cdcpipeline.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.cdcpipeline.bench.report.Outcome.Conditions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Outcomes as JSON files, one for each benchmark: {@code latency.json}. */
public final class OutcomeFiles {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Path directory;

  public OutcomeFiles(Path directory) {
    this.directory = directory;
  }

  /** Writes one in place of what is there; the file is never half written. */
  public Path write(Outcome outcome) {
    Path file = file(outcome.name());
    try {
      Files.createDirectories(directory);
      Path half = Files.createTempFile(directory, outcome.name(), ".tmp");
      Files.writeString(half, JSON.writeValueAsString(toMap(outcome)) + "\n");
      Files.move(
          half,
          file,
          java.nio.file.StandardCopyOption.ATOMIC_MOVE,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** Reads one; empty if that benchmark has not been run. */
  public Optional<Outcome> read(String name) {
    Path file = file(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(fromJson(JSON.readTree(file.toFile())));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private Path file(String name) {
    return directory.resolve(name + ".json");
  }

  private static Map<String, Object> toMap(Outcome outcome) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("benchmark", outcome.name());
    map.put("title", outcome.title());
    Conditions conditions = outcome.conditions();
    map.put("started", conditions.started().toString());
    map.put("seconds", conditions.took().toMillis() / 1000.0);
    map.put("quick", conditions.quick());
    map.put("load_before", conditions.loadBefore());
    map.put("machine", conditions.machine());
    map.put("versions", conditions.versions());
    map.put("method", outcome.method());
    map.put("tables", outcome.tables().stream().map(Table::toMap).toList());
    map.put("charts", outcome.charts());
    map.put("remarks", outcome.remarks());
    return map;
  }

  private static Outcome fromJson(JsonNode json) {
    return new Outcome(
        json.path("benchmark").asText(),
        json.path("title").asText(),
        texts(json.path("method")),
        list(json.path("tables")).stream().map(OutcomeFiles::table).toList(),
        list(json.path("charts")).stream().map(OutcomeFiles::chart).toList(),
        texts(json.path("remarks")),
        new Conditions(
            textMap(json.path("machine")),
            textMap(json.path("versions")),
            Instant.parse(json.path("started").asText()),
            Duration.ofMillis((long) (json.path("seconds").asDouble() * 1000)),
            json.path("quick").asBoolean(),
            json.path("load_before").asDouble()));
  }

  private static Table table(JsonNode json) {
    Table table = new Table(json.path("caption").asText(), texts(json.path("columns")));
    for (JsonNode row : json.path("rows")) {
      table.row(list(row).stream().map(OutcomeFiles::cell).toList());
    }
    return table;
  }

  private static Table.Cell cell(JsonNode json) {
    return new Table.Cell(
        json.path("text").asText(),
        json.has("runs")
            ? Optional.of(new Measured(json.path("unit").asText(), numbers(json.path("runs"))))
            : Optional.empty());
  }

  private static Chart chart(JsonNode json) {
    Map<String, List<Double>> series = new LinkedHashMap<>();
    json.path("series")
        .properties()
        .forEach(entry -> series.put(entry.getKey(), numbers(entry.getValue())));
    return new Chart(
        json.path("file").asText(),
        json.path("title").asText(),
        json.path("unit").asText(),
        Chart.Kind.valueOf(json.path("kind").asText()),
        texts(json.path("points")),
        series);
  }

  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  private static List<String> texts(JsonNode array) {
    return list(array).stream().map(JsonNode::asText).toList();
  }

  private static List<Double> numbers(JsonNode array) {
    List<Double> numbers = new ArrayList<>();
    // NaN is written as a text
    array.forEach(
        node ->
            numbers.add(node.isTextual() ? Double.parseDouble(node.asText()) : node.asDouble()));
    return numbers;
  }

  private static Map<String, String> textMap(JsonNode object) {
    Map<String, String> map = new LinkedHashMap<>();
    object.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return map;
  }
}
