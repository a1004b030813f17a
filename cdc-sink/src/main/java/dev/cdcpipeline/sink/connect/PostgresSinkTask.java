package dev.cdcpipeline.sink.connect;

import dev.cdcpipeline.sink.connect.config.FailureKeys;
import dev.cdcpipeline.sink.connect.config.FlushKeys;
import dev.cdcpipeline.sink.connect.config.PostgresSinkConfig;
import dev.cdcpipeline.sink.connect.metrics.MetricRegistry;
import dev.cdcpipeline.sink.connect.metrics.SinkMetrics;
import dev.cdcpipeline.sink.connect.pipeline.Pipeline;
import dev.cdcpipeline.sink.postgres.FencedException;
import dev.cdcpipeline.sink.postgres.TransientWriteException;
import dev.cdcpipeline.sink.transaction.StalledTransactionException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over the ledger, seeks to it, hands records to the pipeline; after a passing fault it
 * waits, takes up the ledger again and reads from there.
 *
 * <p>While it waits it holds nothing: what Connect delivers meanwhile is dropped and read again
 * from the ledger's offsets.
 */
public final class PostgresSinkTask extends SinkTask {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSinkTask.class);
  // longer than Connect takes to tell a task that its partitions are another one's
  private static final Duration FENCED_PATIENCE = Duration.ofSeconds(60);

  private final Clock clock = Clock.systemUTC();
  private final Set<TopicPartition> assigned = new HashSet<>();
  private PostgresSinkConfig config;
  private PipelineFactory factory;
  private Backoff backoff;
  private SinkMetrics metrics;
  private Pipeline pipeline;
  private boolean claimed;
  private FencedException fenced;
  private Instant fencedAt;

  @Override
  public String version() {
    return PostgresSinkConnector.VERSION;
  }

  @Override
  public void start(Map<String, String> props) {
    config = new PostgresSinkConfig(props);
    metrics = new SinkMetrics(MetricRegistry.of(context, config.sinkName()), clock);
    factory = new PipelineFactory(config, context, clock);
    backoff =
        new Backoff(
            config.duration(FailureKeys.RETRY_BACKOFF_MS),
            config.duration(FailureKeys.RETRY_BACKOFF_MAX_MS),
            config.duration(FailureKeys.RETRY_TIMEOUT_MS),
            clock);
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    letGo();
    assigned.addAll(partitions);
    claimed = false;
    fenced = null;
    backoff.reset();
    takeUp();
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    context.timeout(config.getLong(FlushKeys.IDLE_INTERVAL_MS));
    if (assigned.isEmpty()) {
      return;
    }
    if (fenced != null) {
      awaitRebalance();
      return;
    }
    if (pipeline == null) {
      takeUp();
      return;
    }
    try {
      factory.topics().look();
      for (SinkRecord record : records) {
        pipeline.accept(record);
      }
      apply();
      if (records.isEmpty()) {
        pipeline.idle();
      }
      if (pipeline.isWaiting()) {
        context.timeout(1);
      }
      steer();
      backoff.reset();
    } catch (TransientWriteException | RetriableException e) {
      retryLater(e);
    } catch (FencedException e) {
      letGo();
      fencedBy(e);
    } catch (RuntimeException e) {
      letGo();
      throw stopped(e);
    }
  }

  private void apply() {
    try {
      pipeline.apply();
    } catch (StalledTransactionException e) {
      // what is missing may be in partitions that were added
      factory.topics().lookNow();
      throw e;
    }
  }

  /**
   * Another task has this one's partitions. Where there are several tasks Connect is about to say
   * so, and this one goes on with what it then gets; it claims nothing before.
   */
  private void fencedBy(FencedException e) {
    if (config.isTransactional()) {
      throw stopped(e);
    }
    LOG.warn("waiting for Connect to hand out partitions anew: {}", e.getMessage());
    fenced = e;
    fencedAt = clock.instant();
    context.pause(assigned.toArray(TopicPartition[]::new));
  }

  private void awaitRebalance() {
    if (Duration.between(fencedAt, clock.instant()).compareTo(FENCED_PATIENCE) > 0) {
      throw stopped(fenced);
    }
  }

  /** Connects, takes over or takes up the ledger, and reads on from it; or plans to try again. */
  private void takeUp() {
    if (!backoff.isDue()) {
      context.timeout(Math.max(1, backoff.remaining().toMillis()));
      return;
    }
    try {
      pipeline = claimed ? factory.takeUp(assigned) : factory.takeOver(assigned);
      claimed = true;
      pipeline.measuredBy(metrics);
      context.offset(pipeline.appliedOffsets());
      context.resume(assigned.toArray(TopicPartition[]::new));
    } catch (TransientWriteException | RetriableException e) {
      retryLater(e);
    } catch (FencedException e) {
      fencedBy(e);
    } catch (RuntimeException e) {
      throw stopped(e);
    }
  }

  private void retryLater(RuntimeException fault) {
    letGo();
    if (backoff.isExhausted()) {
      throw new ConnectException(
          "gave up after %s ms (retry.timeout.ms); nothing is lost, restart the task when this is mended: %s"
              .formatted(config.getLong(FailureKeys.RETRY_TIMEOUT_MS), fault.getMessage()),
          fault);
    }
    backoff.next();
    metrics.retried();
    LOG.warn(
        "passing fault, trying again in {} ms: {}",
        backoff.remaining().toMillis(),
        fault.getMessage());
    LOG.debug("passing fault", fault);
    context.pause(assigned.toArray(TopicPartition[]::new));
    context.timeout(Math.max(1, backoff.remaining().toMillis()));
  }

  private static ConnectException stopped(RuntimeException e) {
    return e instanceof ConnectException c ? c : new ConnectException(e.getMessage(), e);
  }

  private void steer() {
    var pause = pipeline.toPause();
    if (!pause.isEmpty()) {
      context.pause(pause.toArray(TopicPartition[]::new));
    }
    var resume = pipeline.toResume();
    if (!resume.isEmpty()) {
      context.resume(resume.toArray(TopicPartition[]::new));
    }
  }

  /** Kafka's own copy of the ledger's offsets, for lag tools; the task never reads them back. */
  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> currentOffsets) {
    if (pipeline == null) {
      return Map.of();
    }
    Map<TopicPartition, Long> applied = pipeline.appliedOffsets();
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    currentOffsets.forEach(
        (partition, current) -> {
          Long next = applied.get(partition);
          if (next != null) {
            // the ledger may be past markers of Kafka transactions, which Connect does not count
            offsets.put(partition, new OffsetAndMetadata(Math.min(next, current.offset())));
          }
        });
    return offsets;
  }

  @Override
  public void close(Collection<TopicPartition> partitions) {
    letGo();
    assigned.removeAll(partitions);
    claimed = false;
  }

  @Override
  public void stop() {
    letGo();
    if (factory != null) {
      factory.close();
    }
    if (metrics != null) {
      metrics.close();
    }
  }

  private void letGo() {
    if (pipeline != null) {
      pipeline.close();
      pipeline = null;
    }
  }
}
