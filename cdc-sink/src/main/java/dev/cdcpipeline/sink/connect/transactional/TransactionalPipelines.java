package dev.cdcpipeline.sink.connect.transactional;

import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.sink.connect.config.FlushKeys;
import dev.cdcpipeline.sink.connect.config.PostgresSinkConfig;
import dev.cdcpipeline.sink.connect.config.SourceKeys;
import dev.cdcpipeline.sink.connect.config.TableKeys;
import dev.cdcpipeline.sink.connect.config.TopicMirrors;
import dev.cdcpipeline.sink.connect.pipeline.Claim;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.connect.pipeline.Pipelines;
import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.SnapshotProgress;
import dev.cdcpipeline.sink.mirror.FlushListener;
import dev.cdcpipeline.sink.mirror.TransactionalWriter;
import dev.cdcpipeline.sink.mirror.WriterOptions;
import dev.cdcpipeline.sink.postgres.SchemaEvolution;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ResultMaintainer;
import dev.cdcpipeline.sink.result.ResultOptions;
import dev.cdcpipeline.sink.transaction.AppliedTransaction;
import dev.cdcpipeline.sink.transaction.AssemblerOptions;
import dev.cdcpipeline.sink.transaction.AssemblerStart;
import dev.cdcpipeline.sink.transaction.TransactionAssembler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;

/** Makes the pipelines of transactional mode: one task, whole source transactions. */
public final class TransactionalPipelines implements Pipelines {
  private final PostgresSinkConfig config;
  private final SchemaRegistry registry;
  private final LogTails log;
  private final CapturedTables captured;
  private final Clock clock;
  private ResultMaintainer results;

  public TransactionalPipelines(
      PostgresSinkConfig config, SchemaRegistry registry, LogTails log, Clock clock) {
    this.config = config;
    this.registry = registry;
    this.log = log;
    this.captured = new CapturedTables(config.topicPrefix(), config.topics(), config.topicsRegex());
    this.clock = clock;
  }

  @Override
  public boolean ownPosition() {
    return true;
  }

  @Override
  public Pipeline open(Claim claim) {
    TransactionalWriter writer =
        new TransactionalWriter(
            claim.connection(), claim.ledger(), writerOptions(), listeners(claim.anew()));
    TopicMirrors mirrors = new TopicMirrors(config.originalsStrings());
    claim.requireMirrorsOfTheirOwn(mirrors);
    writer.checkOwned(
        claim.topics().stream().flatMap(topic -> mirrors.source(topic).stream()).toList());
    ChangeReader reader = new ChangeReader(registry, sourceEpoch());
    TransactionAssembler assembler =
        assembler(claim.ledger().position(), writer.snapshot(), reader);
    return new TransactionalPipeline(
        new PipelineOptions(
            config.getString(SourceKeys.TRANSACTION_TOPIC),
            sourceEpoch(),
            config.getInt(FlushKeys.FLUSH_MAX_ROWS),
            clock),
        reader,
        assembler,
        writer,
        new LogEnds(log, claim.topicIds(), clock),
        claim.positions(),
        claim.connection());
  }

  private TransactionAssembler assembler(
      Optional<AppliedPosition> position,
      Optional<SnapshotProgress> snapshot,
      ChangeReader reader) {
    // a snapshot's position has no transaction: streamed changes may stand before its LSN
    Optional<AppliedTransaction> applied =
        position
            .filter(p -> p.transactionId() != 0 && p.sourceEpoch() == sourceEpoch())
            .map(
                p ->
                    new AppliedTransaction(
                        p.transactionId(),
                        p.commitLsn(),
                        Math.floorDiv(p.commitTimeMicros(), 1_000L)));
    AssemblerStart start;
    if (snapshot.isPresent()) {
      start =
          AssemblerStart.duringSnapshot(
              applied, snapshot.get().lsn(), snapshot.get().lastRowSeen());
    } else {
      start = position.isPresent() ? AssemblerStart.after(applied) : AssemblerStart.fresh();
    }
    return new TransactionAssembler(
        new AssemblerOptions(
            config.getString(SourceKeys.TRANSACTION_TOPIC),
            config.getLong(FlushKeys.BUFFER_MAX_BYTES),
            config.duration(SourceKeys.STALL_TIMEOUT_MS),
            spillParent(),
            config.sinkName() + " into " + config.target(),
            captured),
        start,
        reader,
        clock);
  }

  private int sourceEpoch() {
    return config.getInt(SourceKeys.SOURCE_EPOCH);
  }

  private Path spillParent() {
    String configured = config.getString(FlushKeys.SPILL_DIR);
    return Path.of(configured.isEmpty() ? System.getProperty("java.io.tmpdir") : configured);
  }

  private WriterOptions writerOptions() {
    return WriterOptions.defaults()
        .withMirrorSchema(config.getString(TableKeys.MIRROR_SCHEMA))
        .withSchemaEvolution(
            SchemaEvolution.valueOf(
                config.getString(TableKeys.SCHEMA_EVOLUTION).toUpperCase(Locale.ROOT)));
  }

  // what `results apply` has changed outlives a passing fault, though not a restart of the task
  private List<FlushListener> listeners(boolean anew) {
    String directory = config.getString(TableKeys.RESULTS_DIR);
    if (directory.isEmpty()) {
      return List.of();
    }
    try {
      ResultOptions options =
          new ResultOptions(
              config.getString(TableKeys.MIRROR_SCHEMA),
              config.getString(TableKeys.RESULT_SCHEMA),
              PostgresSinkConfig.LEDGER_SCHEMA,
              config.sinkName(),
              ResultOptions.defaults().smallFlushRows());
      boolean fromCatalogue = !anew && results != null && results.directoryApplied();
      results =
          new ResultMaintainer(
              options,
              fromCatalogue
                  ? Optional.empty()
                  : Optional.of(ResultFile.readDirectory(Path.of(directory))),
              clock);
      return List.of(results);
    } catch (IOException e) {
      throw new ConnectException(
          "cannot read the result files of results.dir=%s on this worker: %s"
              .formatted(directory, e),
          e);
    }
  }
}
