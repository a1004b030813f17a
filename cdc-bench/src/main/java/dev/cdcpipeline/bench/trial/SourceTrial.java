package dev.cdcpipeline.bench.trial;

import dev.cdcpipeline.app.reconcile.TargetProgress;
import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.report.Measured;
import dev.cdcpipeline.bench.report.Outcome;
import dev.cdcpipeline.bench.report.Table;
import dev.cdcpipeline.bench.trial.SourceDrain.Drained;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The source connector alone, with our converter and with the library's, in turn. */
public final class SourceTrial implements Trial {
  private static final String OURS = "EnvelopeAvroConverter (ours)";
  private static final String LIBRARY = "Apicurio's AvroConverter";

  @Override
  public String name() {
    return "source";
  }

  @Override
  public Outcome run(Bench bench) throws Exception {
    RunningWay way = bench.running(Way.TABLE);
    Map<String, Map<String, String>> converters = new LinkedHashMap<>();
    converters.put(OURS, ours());
    converters.put(LIBRARY, library());
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    Map<String, List<Double>> cpu = new LinkedHashMap<>();
    way.awaitArrival();
    way.connectors().stop(RunningWay.SINK_CONNECTOR);
    int backlog = bench.effort(100_000, 400_000);
    for (int run = 0; run <= bench.effort(2, 3); run++) {
      for (Map.Entry<String, Map<String, String>> converter : converters.entrySet()) {
        String name = converter.getKey();
        way.connectors().stop(RunningWay.SOURCE_CONNECTOR);
        way.connectors().change(RunningWay.SOURCE_CONNECTOR, converter.getValue());
        CpuTime before = CpuTime.now();
        Drained drained = drain(way, run == 0 ? backlog / 2 : backlog);
        double connect = CpuTime.now().since(before).getOrDefault(CpuTime.CONNECT, Double.NaN);
        bench.say(
            "source with %s%s: %,.0f changes/s",
            name, run == 0 ? " (warm-up)" : "", drained.perSecond());
        if (run > 0) {
          rates.computeIfAbsent(name, n -> new ArrayList<>()).add(drained.perSecond());
          cpu.computeIfAbsent(name, n -> new ArrayList<>()).add(connect * 1e6 / backlog);
        }
      }
    }
    way.connectors().stop(RunningWay.SOURCE_CONNECTOR);
    way.connectors().change(RunningWay.SOURCE_CONNECTOR, ours());
    way.connectors().resume(RunningWay.SOURCE_CONNECTOR);
    way.connectors().resume(RunningWay.SINK_CONNECTOR);
    way.awaitArrival();
    return report(bench, backlog, rates, cpu);
  }

  private static Drained drain(RunningWay way, int backlog) throws IOException, SQLException {
    long changes = way.rows().addBacklog(backlog);
    TargetProgress.mark(way.endpoints().sourceJdbcUrl());
    try (SourceDrain drain = new SourceDrain(way.endpoints())) {
      way.connectors().resume(RunningWay.SOURCE_CONNECTOR);
      return drain.await(changes);
    }
  }

  private Outcome report(
      Bench bench, int backlog, Map<String, List<Double>> rates, Map<String, List<Double>> cpu) {
    Table table =
        new Table(
            "A backlog of %,d changes in transactions of six: log → Kafka".formatted(backlog),
            "converter",
            "changes/s",
            "µs of processor in Connect for a change");
    rates.forEach(
        (name, values) ->
            table.row(name, new Measured("changes/s", values), new Measured("µs", cpu.get(name))));
    return bench.outcome(
        name(),
        "Source side: Debezium with our converter and with the library's",
        List.of(
            "The sink is stopped. A backlog is committed while the source connector is stopped,"
                + " too; it is timed from the first change that a reader of committed records sees"
                + " to the last. Both converters in turn on the same worker, after a smaller"
                + " backlog each to warm up. The processor's time has the connector's start in"
                + " it."),
        List.of(table),
        List.of(),
        List.of(
            Goal.atLeast(
                "source drain, ours", 25_000, new Measured("changes/s", rates.get(OURS)))));
  }

  private static Map<String, String> ours() {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String side : List.of("key", "value")) {
      settings.put(side + ".converter", "dev.cdcpipeline.converter.EnvelopeAvroConverter");
      settings.put(
          side + ".converter.schema.registry.url", "${env:CDC_REGISTRY_URL}/apis/ccompat/v7");
    }
    return settings;
  }

  private static Map<String, String> library() {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String side : List.of("key", "value")) {
      String prefix = side + ".converter";
      settings.put(prefix, "io.apicurio.registry.utils.converter.AvroConverter");
      settings.put(prefix + ".apicurio.registry.url", "${env:CDC_REGISTRY_URL}/apis/registry/v2");
      settings.put(prefix + ".apicurio.registry.as-confluent", "true");
      settings.put(prefix + ".apicurio.registry.use-id", "contentId");
      settings.put(prefix + ".apicurio.registry.auto-register", "true");
      settings.put(prefix + ".apicurio.registry.auto-register.if-exists", "RETURN_OR_UPDATE");
      settings.put(prefix + ".apicurio.registry.headers.enabled", "false");
      settings.put(prefix + ".apicurio.registry.dereference-schema", "true");
    }
    return settings;
  }
}
