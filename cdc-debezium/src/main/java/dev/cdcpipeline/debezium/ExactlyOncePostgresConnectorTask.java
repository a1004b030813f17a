package dev.cdcpipeline.debezium;

import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.debezium.connector.postgresql.PostgresOffsetContext;
import io.debezium.connector.postgresql.PostgresPartition;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.function.LogPositionValidator;
import io.debezium.pipeline.ChangeEventSourceCoordinator;
import io.debezium.pipeline.spi.OffsetContext;
import io.debezium.pipeline.spi.Partition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.source.TransactionContext;

/**
 * Debezium's task, which hands on whole source transactions and starts between two of them.
 *
 * <ul>
 *   <li>Each poll ends behind a transaction and is one transaction on Kafka, with an offset that
 *       lies between two: {@link TransactionBoundaries}, {@link RestartOffset}.
 *   <li>A snapshot begins with a replication slot that is new, so that it is one consistent read at
 *       the position from which the slot streams: {@link SnapshotStart}.
 *   <li>A slot that does not hold what comes after the offset is refused: {@link SourceSlot}.
 *   <li>A table is known by its relation, and a row by what the source sends of it: {@link
 *       RelationWatch}.
 *   <li>The source is read under settings of our own ({@link SourceConnections}), and columns are
 *       described as its catalogue has them ({@link ColumnFacts}).
 *   <li>Polls of a busy source are gathered, for fewer transactions: {@link Gathering}.
 *   <li>Incremental snapshots follow the stream, and the end of each signal is stored: {@link
 *       SignalledSnapshots}, {@link SnapshotsDone}.
 * </ul>
 *
 * <p>Connect says that it has committed after every transaction, up to a hundred times a second,
 * and Debezium answers each time in the thread that polls. The slot needs to know now and then
 * only: until it does the source keeps its log a little longer, and where the connector goes on
 * after a restart is what its offsets say, not the slot.
 */
public final class ExactlyOncePostgresConnectorTask extends PostgresConnectorTask {
  /** How long records of a busy source wait for others, in milliseconds; 0 for not at all. */
  public static final String GATHER_MS = "poll.gather.ms";

  /**
   * How many records of one source transaction are kept until it is whole. A larger one is handed
   * on in parts, each a transaction on Kafka; after a restart in its middle it comes again from its
   * BEGIN.
   */
  public static final String PART_RECORDS = "transaction.part.records";

  /** How many bytes of texts and bytes the rows of a change may have: what its producer takes. */
  static final String ROW_BYTES = "row.max.bytes";

  static final Duration BETWEEN_COMMITS = Duration.ofMillis(500);

  private static final long DEFAULT_GATHER_MS = 40;
  private static final long MAX_GATHER_MS = 1_000;
  private static final int DEFAULT_PART_RECORDS = 10_000;
  private static final long PART_BYTES = 32L << 20;
  private static final String REQUEST_BYTES = "producer.override.max.request.size";
  private static final long DEFAULT_ROW_BYTES = 10L << 20;

  private Gathering<SourceRecord> gathering = new Gathering<>(Duration.ZERO, System::nanoTime);
  private final Pace pace = new Pace(BETWEEN_COMMITS, System::nanoTime);
  private TransactionBoundaries boundaries;
  private SnapshotsDone signals = new SnapshotsDone(null);
  private SnapshotAnnouncements announcements = SnapshotAnnouncements.none();
  private PostgresConnectorConfig connectorConfig;
  private PostgresSchema schema;
  private Configuration notStarted;
  private boolean announced;
  private boolean newSlot;
  private SourceSlot slot;
  private CdcSourceTaskContext<PostgresConnectorConfig> taskContext;
  private RelationWatch relations;
  private ColumnFacts columns;
  private long rowBytes;
  private boolean rereadsLostData;

  /** For Connect. */
  public ExactlyOncePostgresConnectorTask() {}

  @Override
  public void initialize(SourceTaskContext connect) {
    super.initialize(new StartingOffsets(connect));
  }

  @Override
  public CdcSourceTaskContext<PostgresConnectorConfig> preStart(Configuration config) {
    taskContext = super.preStart(SourceConnections.in(config));
    return taskContext;
  }

  @Override
  protected ReplicationConnection buildReplicationConnection(
      PostgresConnection connection, PostgresSchema schema, PostgresConnectorConfig config)
      throws SQLException {
    this.schema = schema;
    RowIdentities identities = new RowIdentities(connection, config);
    relations = new RelationWatch(taskContext, schema, identities, new ColumnNumbers(connection));
    return LoggedIdentities.watched(
        super.buildReplicationConnection(connection, relations, config), identities);
  }

  @Override
  public ChangeEventSourceCoordinator<PostgresPartition, PostgresOffsetContext> start(
      Configuration configured) {
    Configuration config =
        SignalsInStream.wanted(ExactValues.withPlaceholder(SourceConnections.in(configured)));
    gathering = new Gathering<>(gather(config.getString(GATHER_MS)), System::nanoTime);
    PostgresConnectorConfig connector = new PostgresConnectorConfig(config);
    connectorConfig = connector;
    slot = new SourceSlot(connector);
    columns = ColumnFacts.of(connector, () -> schema);
    rowBytes = config.getLong(ROW_BYTES, config.getLong(REQUEST_BYTES, DEFAULT_ROW_BYTES));
    rereadsLostData = SnapshotStart.rereadsLostData(connector);
    Map<String, Object> offset = context.offsetStorageReader().offset(partition(connector));
    boundaries =
        new TransactionBoundaries(
            offset, config.getInteger(PART_RECORDS, DEFAULT_PART_RECORDS), PART_BYTES);
    signals = new SnapshotsDone(offset);
    SnapshotStart start = SnapshotStart.of(connector, offset);
    announcements =
        start == SnapshotStart.NONE
            ? SnapshotAnnouncements.none()
            : announcements(mayHaveRows(offset));
    newSlot = start == SnapshotStart.ON_A_NEW_SLOT;
    notStarted = null;
    announced = false;
    switch (start) {
      case NONE -> {}
      case ON_A_NEW_SLOT -> slot.drop();
      case FIRST -> {
        if (slot.exists()) {
          throw SnapshotStart.slotExists(connector.slotName());
        }
        if (!connector.getHeartbeatInterval().isZero()) {
          // the slot is created once it is stored that this connector creates it
          notStarted = config;
          return null;
        }
      }
    }
    return super.start(config);
  }

  private SnapshotAnnouncements announcements(boolean again) {
    return new SnapshotAnnouncements(
        () -> new CapturedTables(connectorConfig, schema).get(),
        record -> columns.described(record),
        again,
        new SnapshotRelations(connectorConfig));
  }

  private static boolean mayHaveRows(Map<String, Object> offset) {
    return offset != null && RestartOffset.hasPosition(offset);
  }

  private static Map<String, String> partition(CommonConnectorConfig config) {
    return Map.of("server", config.getLogicalName());
  }

  /**
   * How long polls are gathered.
   *
   * @param configured the setting, null for its default
   * @throws ConnectException if it is no number of milliseconds, or too many
   */
  static Duration gather(String configured) {
    if (configured == null) {
      return Duration.ofMillis(DEFAULT_GATHER_MS);
    }
    long millis;
    try {
      millis = Long.parseLong(configured.trim());
    } catch (NumberFormatException e) {
      millis = -1;
    }
    if (millis < 0 || millis > MAX_GATHER_MS) {
      throw new ConnectException(
          "source connector: %s is '%s', expected milliseconds from 0 (don't gather) to %d; correct it in the connector's configuration"
              .formatted(GATHER_MS, configured, MAX_GATHER_MS));
    }
    return Duration.ofMillis(millis);
  }

  @Override
  public boolean isLogPositionAvailable(
      LogPositionValidator validator,
      Partition partition,
      OffsetContext offset,
      CommonConnectorConfig config) {
    Optional<String> loss =
        newSlot ? Optional.empty() : slot.lossFrom(RestartOffset.lsn(offset.getOffset()));
    if (loss.isEmpty()) {
      return true;
    }
    if (!rereadsLostData) {
      throw new ConnectException(
          "source connector: cannot go on without a loss: %s; set snapshot.mode to when_needed to have all tables read again, or start over"
              .formatted(loss.get()));
    }
    slot.drop();
    announcements = announcements(true);
    return false;
  }

  @Override
  public List<SourceRecord> doPoll() throws InterruptedException {
    if (notStarted != null && !announced) {
      announced = true;
      return committed(List.of(SnapshotStart.record(new PostgresConnectorConfig(notStarted))));
    }
    if (notStarted != null) {
      // polled again, so what was announced is stored
      Configuration config = notStarted;
      notStarted = null;
      coordinator = super.start(config);
    }
    List<SourceRecord> records = boundaries.of(gathering.from(this::pollOnce));
    return committed(announcements.with(signals.storedWith(records)));
  }

  private List<SourceRecord> pollOnce() throws InterruptedException {
    List<SourceRecord> polled = super.doPoll();
    // by the schema that Debezium gave a record, so before that is another
    List<SourceRecord> announced = relations == null ? polled : relations.announced(polled);
    return columns.of(RowSize.within(rowBytes, announced));
  }

  /** The same records, after the last of which Connect is told to commit. */
  private List<SourceRecord> committed(List<SourceRecord> records) {
    TransactionContext transaction = context.transactionContext();
    if (transaction != null && !records.isEmpty()) {
      transaction.commitTransaction(records.get(records.size() - 1));
    }
    return records;
  }

  /** Called before each poll if Connect has committed since the last, in the thread that polls. */
  @Override
  public void performCommit() {
    if (pace.isDue()) {
      super.performCommit();
    } else {
      // asked again before the next poll
      shouldPerformCommit.set(true);
    }
  }

  /** Lets something happen at most so often. */
  static final class Pace {
    private final long nanos;
    private final LongSupplier clock;
    private long last;

    Pace(Duration between, LongSupplier clock) {
      this.nanos = between.toNanos();
      this.clock = clock;
      this.last = clock.getAsLong() - nanos;
    }

    boolean isDue() {
      long now = clock.getAsLong();
      if (now - last < nanos) {
        return false;
      }
      last = now;
      return true;
    }
  }
}
