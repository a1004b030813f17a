package dev.cdcpipeline.bench.cli;

import dev.cdcpipeline.app.stack.Way;
import dev.cdcpipeline.bench.trial.CatchUpTrial;
import dev.cdcpipeline.bench.trial.GrowthTrial;
import dev.cdcpipeline.bench.trial.JmhTrial;
import dev.cdcpipeline.bench.trial.LatencyTrial;
import dev.cdcpipeline.bench.trial.SinkTrial;
import dev.cdcpipeline.bench.trial.SnapshotTrial;
import dev.cdcpipeline.bench.trial.SourceTrial;
import dev.cdcpipeline.bench.trial.ThroughputTrial;
import dev.cdcpipeline.bench.trial.TransformTrial;
import dev.cdcpipeline.bench.trial.Trial;
import java.util.List;
import java.util.Optional;

/** Every pipeline benchmark. */
final class Trials {
  private static final List<Trial> ALL =
      List.of(
          new LatencyTrial(Way.TABLE),
          new LatencyTrial(Way.TOPICS),
          new CatchUpTrial(),
          new ThroughputTrial(Way.TABLE),
          new ThroughputTrial(Way.TOPICS),
          new SourceTrial(),
          new SnapshotTrial(),
          new GrowthTrial(),
          new SinkTrial(),
          new TransformTrial(),
          new JmhTrial());

  private Trials() {}

  static Optional<Trial> named(String name) {
    return ALL.stream().filter(trial -> trial.name().equals(name)).findFirst();
  }

  static List<String> names() {
    return ALL.stream().map(Trial::name).toList();
  }
}
