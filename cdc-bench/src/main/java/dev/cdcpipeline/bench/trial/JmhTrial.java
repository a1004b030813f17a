package dev.cdcpipeline.bench.trial;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The JMH benchmarks, each class as a table. */
public final class JmhTrial implements Trial {
  private static final Duration LIMIT = Duration.ofHours(2);
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /** What is run when there is little time: of each class what its goals are about. */
  private static final List<List<String>> QUICK =
      List.of(
          List.of(
              "EnvelopeDecodeBenchmark.(row|generic|fastProjection|specific|apicurio)"
                  + "|ConverterBenchmark|ProductSalesBenchmark|AccumulatorBenchmark.replace$"
                  + "|CopyEncodingBenchmark.encode",
              "-f",
              "1",
              "-wi",
              "2",
              "-i",
              "3",
              "-w",
              "500ms",
              "-r",
              "500ms"),
          List.of(
              "BatchReductionBenchmark.reduce",
              "-p",
              "keys=5000",
              "-f",
              "1",
              "-wi",
              "2",
              "-i",
              "3",
              "-w",
              "500ms",
              "-r",
              "500ms"),
          List.of("FlushBenchmark", "-p", "rows=50000", "-wi", "6", "-i", "6"));

  private static final List<List<String>> FULL = List.of(List.of(".*"));

  @Override
  public String name() {
    return "jmh";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    bench.stopServers();
    Path work = WorkDirectory.empty(bench.work().resolve("jmh"));
    List<JsonNode> results = new ArrayList<>();
    List<List<String>> selections = bench.effort(QUICK, FULL);
    for (List<String> selection : selections) {
      Path file = work.resolve("results-" + results.size() + ".json");
      Path log = work.resolve("jmh-" + results.size() + ".log");
      List<String> arguments = new ArrayList<>(selection);
      arguments.addAll(List.of("-prof", "gc", "-rf", "json", "-rff", file.toString()));
      bench.say("JMH: %s", selection.get(0));
      try (JavaChild jmh =
          JavaChild.start(List.of("-Xmx256m"), "org.openjdk.jmh.Main", arguments, log)) {
        int code = jmh.await(LIMIT);
        if (code != 0) {
          throw new IOException("JMH ended with " + code + "; its words are in " + log);
        }
      }
      new ObjectMapper().readTree(file.toFile()).forEach(results::add);
    }
    return report(bench, results);
  }

  private Outcome report(Bench bench, List<JsonNode> results) {
    Map<String, Table> tables = new LinkedHashMap<>();
    Map<String, Measured> scores = new LinkedHashMap<>();
    for (JsonNode result : results) {
      String[] name = result.path("benchmark").asText().split("\\.", -1);
      String type = name[name.length - 2];
      String method = name[name.length - 1];
      String parameters =
          result.path("params").properties().stream()
              .map(entry -> entry.getKey() + " " + entry.getValue().asText())
              .collect(Collectors.joining(", "));
      Measured score = score(result.path("primaryMetric"));
      scores.put((type + "." + method + " " + parameters).strip(), score);
      tables
          .computeIfAbsent(
              type, t -> new Table("`" + t + "`", "what", "with", "score", "unit", "B allocated"))
          .row(method, parameters, score, score.unit(), allocated(result));
    }
    List<String> remarks = new ArrayList<>();
    goal(scores, "EnvelopeDecodeBenchmark.row", "envelopes decoded on a core", 1_500_000)
        .ifPresent(remarks::add);
    goal(scores, "ProductSalesBenchmark.update", "changes of product sales, pure logic", 5_000_000)
        .ifPresent(remarks::add);
    return bench.outcome(
        name(),
        "JMH: decoding, encoding, aggregates, reduction, flushes",
        List.of(
            "One thread each. The javadoc of each class says what stands beside what and what is"
                + " not comparable. `java -jar cdc-bench/target/benchmarks.jar -prof gc` runs them"
                + " with everything that JMH has."),
        List.copyOf(tables.values()),
        List.of(),
        remarks);
  }

  private static Optional<String> goal(
      Map<String, Measured> scores, String benchmark, String what, double wanted) {
    return Optional.ofNullable(scores.get(benchmark))
        .map(score -> Goal.atLeast(what, wanted, score));
  }

  private static Measured score(JsonNode metric) {
    List<Double> runs = new ArrayList<>();
    for (JsonNode fork : metric.path("rawData")) {
      fork.forEach(iteration -> runs.add(iteration.asDouble()));
    }
    return new Measured(metric.path("scoreUnit").asText().replace("ops/s", "/s"), runs);
  }

  private static String allocated(JsonNode result) {
    return StreamSupport.stream(result.path("secondaryMetrics").properties().spliterator(), false)
        .filter(entry -> entry.getKey().endsWith(ALLOCATED))
        .map(entry -> "%,.0f".formatted(entry.getValue().path("score").asDouble()))
        .findFirst()
        .orElse("");
  }
}
