package dev.cdcpipeline.sink.connect;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.postgres.AppliedPosition;
import dev.cdcpipeline.sink.postgres.FlushListener;
import dev.cdcpipeline.sink.postgres.LedgerEntry;
import dev.cdcpipeline.sink.postgres.OffsetLedger;
import dev.cdcpipeline.sink.postgres.SchemaEvolution;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.SnapshotProgress;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.postgres.TransactionalWriter;
import dev.cdcpipeline.sink.postgres.WriterOptions;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ResultMaintainer;
import dev.cdcpipeline.sink.result.ResultOptions;
import dev.cdcpipeline.sink.transaction.AssemblerOptions;
import dev.cdcpipeline.sink.transaction.AssemblerStart;
import dev.cdcpipeline.sink.transaction.TransactionAssembler;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to target, registry and broker, and makes a pipeline that stands where the ledger says.
 */
final class PipelineFactory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PipelineFactory.class);
  private static final String LEDGER_SCHEMA = "cdc";

  private final PostgresSinkConfig config;
  private final Clock clock;
  private final SchemaRegistry registry;
  private final KafkaLog log;
  private final CapturedTables captured;
  private long epoch;
  private ResultMaintainer results;

  PipelineFactory(PostgresSinkConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
    this.registry = HttpSchemaRegistry.connect(RegistryOptions.of(config.originals()));
    this.log = new KafkaLog(config.kafkaClient());
    this.captured = new CapturedTables(config.topicPrefix(), config.topics(), config.topicsRegex());
  }

  /**
   * Makes this task the only writer of the sink, and reads from the ledger's offsets.
   *
   * @throws dev.cdcpipeline.sink.postgres.TransientWriteException or another passing fault: try
   *     again
   */
  TransactionalPipeline takeOver(Set<TopicPartition> partitions) {
    return open(partitions, true);
  }

  /**
   * Like {@link #takeOver}, but only if no other task has taken over since: a fenced task must not
   * fence its successor.
   */
  TransactionalPipeline takeUp(Set<TopicPartition> partitions) {
    return open(partitions, false);
  }

  private TransactionalPipeline open(Set<TopicPartition> partitions, boolean claim) {
    Connection connection = TargetSession.open(sessionOptions());
    try {
      OffsetLedger ledger = new OffsetLedger(connection, LEDGER_SCHEMA, config.sinkName());
      Set<PartitionId> ids =
          partitions.stream()
              .map(p -> new PartitionId(p.topic(), p.partition()))
              .collect(Collectors.toSet());
      List<LedgerEntry> entries;
      if (claim) {
        ledger.createObjects();
        entries = ledger.claim(ids);
        epoch = ledger.epoch();
      } else {
        entries = ledger.resume(epoch, ids);
      }
      Map<String, Uuid> topicIds =
          log.topicIds(partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet()));
      Map<PartitionId, Long> positions =
          new LedgerCheck(config.sinkName(), topicIds, log.extents(partitions)).positions(entries);
      TransactionalWriter writer =
          new TransactionalWriter(connection, ledger, writerOptions(), listeners(claim));
      ChangeReader reader = new ChangeReader(registry, sourceEpoch());
      TransactionAssembler assembler = assembler(ledger.position(), writer.snapshot(), reader);
      return new TransactionalPipeline(
          new PipelineOptions(
              config.getString(PostgresSinkConfig.TRANSACTION_TOPIC),
              sourceEpoch(),
              config.getInt(PostgresSinkConfig.FLUSH_MAX_ROWS),
              clock),
          reader,
          assembler,
          writer,
          new LogEnds(log, topicIds, clock),
          positions,
          connection);
    } catch (RuntimeException e) {
      closeQuietly(connection);
      throw e;
    }
  }

  private TransactionAssembler assembler(
      Optional<AppliedPosition> position,
      Optional<SnapshotProgress> snapshot,
      ChangeReader reader) {
    // a snapshot's position has no transaction: streamed changes may stand before its LSN
    Optional<Lsn> applied =
        position
            .filter(p -> p.transactionId() != 0 && p.sourceEpoch() == sourceEpoch())
            .map(AppliedPosition::commitLsn);
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
            config.getString(PostgresSinkConfig.TRANSACTION_TOPIC),
            config.getLong(PostgresSinkConfig.BUFFER_MAX_BYTES),
            config.duration(PostgresSinkConfig.STALL_TIMEOUT_MS),
            spillDirectory(),
            captured),
        start,
        reader,
        clock);
  }

  private int sourceEpoch() {
    return config.getInt(PostgresSinkConfig.SOURCE_EPOCH);
  }

  private Path spillDirectory() {
    String configured = config.getString(PostgresSinkConfig.SPILL_DIR);
    Path parent = Path.of(configured.isEmpty() ? System.getProperty("java.io.tmpdir") : configured);
    return parent.resolve("cdc-sink-" + config.sinkName().replaceAll("[^A-Za-z0-9._-]", "_"));
  }

  private WriterOptions writerOptions() {
    return WriterOptions.defaults()
        .withMirrorSchema(config.getString(PostgresSinkConfig.MIRROR_SCHEMA))
        .withSchemaEvolution(
            SchemaEvolution.valueOf(
                config.getString(PostgresSinkConfig.SCHEMA_EVOLUTION).toUpperCase(Locale.ROOT)));
  }

  // what `results apply` has changed outlives a passing fault, though not a restart of the task
  private List<FlushListener> listeners(boolean claim) {
    String directory = config.getString(PostgresSinkConfig.RESULTS_DIR);
    if (directory.isEmpty()) {
      return List.of();
    }
    try {
      ResultOptions options =
          new ResultOptions(
              config.getString(PostgresSinkConfig.MIRROR_SCHEMA),
              config.getString(PostgresSinkConfig.RESULT_SCHEMA),
              LEDGER_SCHEMA,
              ResultOptions.defaults().smallFlushRows());
      boolean fromCatalogue = !claim && results != null && results.directoryApplied();
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

  private SessionOptions sessionOptions() {
    return SessionOptions.of(
            config.getString(PostgresSinkConfig.CONNECTION_URL),
            config.getString(PostgresSinkConfig.CONNECTION_USER),
            config.getPassword(PostgresSinkConfig.CONNECTION_PASSWORD).value())
        .withApplicationName("cdc-sink " + config.sinkName())
        .withLockTimeout(config.duration(PostgresSinkConfig.LOCK_TIMEOUT_MS))
        .withSynchronousCommit(config.getString(PostgresSinkConfig.SYNCHRONOUS_COMMIT).equals("on"))
        .withSearchPath(
            List.of(
                config.getString(PostgresSinkConfig.MIRROR_SCHEMA),
                config.getString(PostgresSinkConfig.RESULT_SCHEMA)));
  }

  private static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("closing a broken connection", e);
    }
  }

  @Override
  public void close() {
    log.close();
    registry.close();
  }
}
