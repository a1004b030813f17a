package dev.cdcpipeline.debezium;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.debezium.connector.postgresql.PostgresOffsetContext;
import io.debezium.connector.postgresql.PostgresPartition;
import io.debezium.pipeline.ChangeEventSourceCoordinator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Debezium's task, as Connect's exactly-once delivery with a transaction for each poll needs it.
 *
 * <p>Connect says that it has committed after every transaction, up to a hundred times a second,
 * and Debezium answers each time by reading its offsets back from their topic to tell the
 * replication slot how far it is. That is a round trip to the broker and its log's end in the
 * thread that polls. The slot needs to know now and then only: until it does the source keeps its
 * log a little longer, and where the connector goes on after a restart is what its offsets say, not
 * the slot.
 *
 * <p>Polls of a busy source are gathered, for fewer transactions: {@link Gathering}.
 *
 * <p>No poll ends with the begin of a transaction, which a restart would lose: {@link WholeBegins}.
 *
 * <p>Connect keeps the records of a transaction in a hash table until it is committed, by the hash
 * of all of their fields. Nobody looks one up by an equal one, so ours are equal to themselves
 * alone.
 */
public final class ExactlyOncePostgresConnectorTask extends PostgresConnectorTask {
  /** How long records of a busy source wait for others, in milliseconds; 0 for not at all. */
  public static final String GATHER_MS = "poll.gather.ms";

  static final Duration BETWEEN_COMMITS = Duration.ofMillis(500);

  private static final long DEFAULT_GATHER_MS = 40;
  private static final long MAX_GATHER_MS = 1_000;

  private final WholeBegins begins = new WholeBegins();
  private Gathering<SourceRecord> gathering = new Gathering<>(Duration.ZERO, System::nanoTime);
  private final Pace pace = new Pace(BETWEEN_COMMITS, System::nanoTime);

  /** For Connect. */
  public ExactlyOncePostgresConnectorTask() {}

  @Override
  public ChangeEventSourceCoordinator<PostgresPartition, PostgresOffsetContext> start(
      Configuration config) {
    gathering = new Gathering<>(gather(config.getString(GATHER_MS)), System::nanoTime);
    return super.start(config);
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
  public List<SourceRecord> doPoll() throws InterruptedException {
    List<SourceRecord> polled = begins.of(gathering.from(super::doPoll));
    List<SourceRecord> records = new ArrayList<>(polled.size());
    for (SourceRecord record : polled) {
      records.add(new IdentityRecord(record));
    }
    return records;
  }

  @Override
  protected void doStop() {
    begins.clear();
    super.doStop();
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

  /** The same record, equal to itself alone. */
  static final class IdentityRecord extends SourceRecord {
    IdentityRecord(SourceRecord record) {
      super(
          record.sourcePartition(),
          record.sourceOffset(),
          record.topic(),
          record.kafkaPartition(),
          record.keySchema(),
          record.key(),
          record.valueSchema(),
          record.value(),
          record.timestamp(),
          record.headers());
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }
}
