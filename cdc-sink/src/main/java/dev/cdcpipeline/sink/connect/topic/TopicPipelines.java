package dev.cdcpipeline.sink.connect.topic;

import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.sink.connect.config.FailureKeys;
import dev.cdcpipeline.sink.connect.config.FlushKeys;
import dev.cdcpipeline.sink.connect.config.PostgresSinkConfig;
import dev.cdcpipeline.sink.connect.config.SourceKeys;
import dev.cdcpipeline.sink.connect.config.TopicMirrors;
import dev.cdcpipeline.sink.connect.config.TopicSettings;
import dev.cdcpipeline.sink.connect.pipeline.Claim;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.connect.pipeline.Pipelines;
import dev.cdcpipeline.sink.table.TableWriter;
import java.time.Clock;
import java.util.function.BiFunction;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** Makes the pipelines of the modes in which every topic is by itself. */
public final class TopicPipelines implements Pipelines {
  private final PostgresSinkConfig config;
  private final SchemaRegistry registry;
  private final SinkTaskContext context;
  private final FloodGate flood;
  private final Clock clock;

  public TopicPipelines(
      PostgresSinkConfig config, SchemaRegistry registry, SinkTaskContext context, Clock clock) {
    this.config = config;
    this.registry = registry;
    this.context = context;
    this.flood = new FloodGate(config.getDouble(FailureKeys.BAD_RECORDS_MAX_SHARE));
    this.clock = clock;
  }

  @Override
  public boolean ownPosition() {
    return false;
  }

  @Override
  public Pipeline open(Claim claim) {
    TableWriter<SinkRecord> writer =
        new TableWriter<>(
            claim.connection(),
            claim.ledger(),
            config.getInt(FlushKeys.COPY_THRESHOLD),
            config.hasSeveralTasks());
    TopicMirrors mirrors = new TopicMirrors(config.originalsStrings());
    claim.requireMirrorsOfTheirOwn(mirrors);
    writer.checkMirrors(mirrors.of(claim.topics()).values());
    BiFunction<String, String, TopicSettings> settings =
        (original, routed) -> TopicSettings.of(config, original, routed);
    RecordRouter router =
        new RecordRouter(
            settings, config.readsAvro() ? new AvroReader(registry) : new ConnectReader());
    return new TopicPipeline(
        claim,
        router,
        new FlushWriter(
            claim.connection(), writer, new DeadLetters(context.errantRecordReporter(), flood)),
        new FlushLimits(
            config.getInt(FlushKeys.FLUSH_MAX_ROWS),
            config.getLong(FlushKeys.FLUSH_MAX_BYTES),
            config.duration(FlushKeys.FLUSH_INTERVAL_MS)),
        config.hasMirrors() ? config.duration(SourceKeys.REPLAY_HORIZON_MS) : null,
        clock);
  }
}
