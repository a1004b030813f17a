package dev.cdcpipeline.debezium;

import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.pipeline.ChangeEventSourceCoordinator;
import io.debezium.pipeline.EventDispatcher;
import io.debezium.pipeline.signal.actions.SignalAction;
import io.debezium.pipeline.signal.actions.SignalActionProvider;
import io.debezium.pipeline.signal.channels.KafkaSignalChannel;
import io.debezium.pipeline.spi.Partition;
import io.debezium.spi.schema.DataCollectionId;
import java.util.Map;
import java.util.Optional;

/**
 * Puts {@link SignalledSnapshots} in place of Debezium's incremental snapshots. Debezium asks for
 * actions in the stream's thread, when its snapshots are made and no signal has been received.
 */
public final class SignalsInStream implements SignalActionProvider {
  private static final String WANTED = "cdc.signals.in.stream";
  private static final int LOOK_MS = 1_000;

  /** For the service loader. */
  public SignalsInStream() {}

  /**
   * A configuration of a task that takes {@link SnapshotsDone#record} out of what it polls. Signals
   * are looked for each second; Debezium looks every five and waits for nothing, so that its
   * consumer, which needs some looks to find its topic, had the first signal after half a minute.
   */
  static Configuration wanted(Configuration config) {
    return config
        .edit()
        .with(WANTED, true)
        .withDefault(CommonConnectorConfig.SIGNAL_POLL_INTERVAL_MS, LOOK_MS)
        .withDefault(KafkaSignalChannel.SIGNAL_POLL_TIMEOUT_MS, LOOK_MS)
        .build();
  }

  /** Adds no action. */
  @Override
  @SuppressWarnings("deprecation") // nothing else gives a setting that Debezium does not know
  public <P extends Partition> Map<String, SignalAction<P>> createActions(
      EventDispatcher<P, ? extends DataCollectionId> dispatcher,
      ChangeEventSourceCoordinator<P, ?> coordinator,
      CommonConnectorConfig config) {
    if (config.getConfig().getBoolean(WANTED, false)) {
      wrap(dispatcher, new LogMark((PostgresConnectorConfig) config));
    }
    return Map.of();
  }

  private static <P extends Partition, T extends DataCollectionId> void wrap(
      EventDispatcher<P, T> dispatcher, LogMark mark) {
    dispatcher.setIncrementalSnapshotChangeEventSource(
        Optional.ofNullable(dispatcher.getIncrementalSnapshotChangeEventSource())
            .map(
                snapshots ->
                    new SignalledSnapshots<>(
                        snapshots,
                        dispatcher::enqueueNotification,
                        mark::write,
                        System::nanoTime)));
  }
}
