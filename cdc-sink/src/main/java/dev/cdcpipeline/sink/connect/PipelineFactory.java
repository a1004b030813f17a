package dev.cdcpipeline.sink.connect;

import dev.cdcpipeline.model.serde.SchemaRegistry;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.connect.config.DatabaseKeys;
import dev.cdcpipeline.sink.connect.config.PostgresSinkConfig;
import dev.cdcpipeline.sink.connect.config.TableKeys;
import dev.cdcpipeline.sink.connect.pipeline.Claim;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.connect.pipeline.Pipelines;
import dev.cdcpipeline.sink.connect.topic.TopicPipelines;
import dev.cdcpipeline.sink.connect.transactional.TransactionalPipelines;
import dev.cdcpipeline.sink.ledger.LedgerEntry;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.MirrorSchema;
import dev.cdcpipeline.sink.postgres.Schemas;
import dev.cdcpipeline.sink.postgres.SessionOptions;
import dev.cdcpipeline.sink.postgres.TargetSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to target, registry and broker, and makes a pipeline that stands where the ledger says.
 */
final class PipelineFactory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PipelineFactory.class);

  private final PostgresSinkConfig config;
  private final SchemaRegistry registry;
  private final KafkaLog log;
  private final Pipelines pipelines;
  private final TopicWatch watch;
  private long epoch;

  PipelineFactory(PostgresSinkConfig config, SinkTaskContext context, Clock clock) {
    this.config = config;
    this.registry = config.readsAvro() ? SchemaRegistry.connect(config.originals()) : null;
    this.log = new KafkaLog(config.kafkaClient());
    this.watch = new TopicWatch(config.sinkName(), log::topics, clock);
    this.pipelines =
        config.isTransactional()
            ? new TransactionalPipelines(config, registry, log, clock)
            : new TopicPipelines(config, registry, context, clock);
  }

  /**
   * Makes this task the only writer of the partitions, and reads from the ledger's offsets.
   *
   * @throws dev.cdcpipeline.sink.postgres.TransientWriteException or another passing fault: try
   *     again
   */
  Pipeline takeOver(Set<TopicPartition> partitions) {
    return open(partitions, true);
  }

  /**
   * Like {@link #takeOver}, but only if no other task has taken over since: a fenced task must not
   * fence its successor.
   */
  Pipeline takeUp(Set<TopicPartition> partitions) {
    return open(partitions, false);
  }

  private Pipeline open(Set<TopicPartition> partitions, boolean claim) {
    Connection connection = TargetSession.open(sessionOptions());
    try {
      OffsetLedger ledger =
          new OffsetLedger(connection, PostgresSinkConfig.LEDGER_SCHEMA, config.sinkName());
      Set<PartitionId> ids =
          partitions.stream()
              .map(p -> new PartitionId(p.topic(), p.partition()))
              .collect(Collectors.toSet());
      List<LedgerEntry> entries =
          claim ? claim(connection, ledger, ids) : ledger.resume(epoch, ids);
      Map<String, Uuid> topicIds = new HashMap<>();
      log.topics(partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet()))
          .forEach((name, topic) -> topicIds.put(name, topic.id()));
      Map<PartitionId, Long> positions =
          new LedgerCheck(config.sinkName(), topicIds, log.extents(partitions)).positions(entries);
      watch.begin(topicIds, partitions, config.isTransactional());
      return pipelines.open(new Claim(connection, ledger, topicIds, positions, claim));
    } catch (RuntimeException e) {
      closeQuietly(connection);
      throw e;
    }
  }

  /** Notices that topics are no longer the ones that are read. */
  TopicWatch topics() {
    return watch;
  }

  private List<LedgerEntry> claim(
      Connection connection, OffsetLedger ledger, Set<PartitionId> ids) {
    ledger.createObjects();
    if (config.mirrorsInOneSchema()) {
      // a schema that can't be made is said before anything is claimed
      Schemas.provide(connection, config.getString(TableKeys.MIRROR_SCHEMA));
    }
    List<LedgerEntry> entries =
        pipelines.ownPosition() ? ledger.claim(ids) : ledger.claimPartitions(ids);
    epoch = ledger.epoch();
    return entries;
  }

  private SessionOptions sessionOptions() {
    return SessionOptions.of(
            config.getString(DatabaseKeys.CONNECTION_URL),
            config.getString(DatabaseKeys.CONNECTION_USER),
            config.getPassword(DatabaseKeys.CONNECTION_PASSWORD).value())
        .withApplicationName(TargetSession.applicationName(config.sinkName()))
        .withLockTimeout(config.duration(DatabaseKeys.LOCK_TIMEOUT_MS))
        .withSynchronousCommit(config.getString(DatabaseKeys.SYNCHRONOUS_COMMIT).equals("on"))
        .withSearchPath(
            Stream.of(
                    config.getString(TableKeys.MIRROR_SCHEMA),
                    config.getString(TableKeys.RESULT_SCHEMA))
                .filter(schema -> !schema.contains(MirrorSchema.SOURCE_SCHEMA))
                .toList());
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
    if (registry != null) {
      registry.close();
    }
  }
}
