package dev.cdcpipeline.app.reread;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.model.event.Lsn;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Decides, by the offsets of a connector, when a signal must be sent and when it is finished.
 *
 * <p>A signal is finished when the offsets name its id. A snapshot of one chunk may begin and end
 * between two looks, so that it need not be seen to run. A signal may be lost: the connector was
 * stopped between reading it and storing that it obeys, or Debezium's own class has dropped it. It
 * is lost if it is neither running nor finished although the connector has come past a place in the
 * source's log that is well after the signal; it is then sent again, with the same id. To read a
 * table twice changes nothing.
 *
 * <p>Debezium's own class does not say what is finished: there a snapshot has ended when it was
 * seen to run and runs no more. Not thread-safe.
 */
final class SignalWait {
  /** Longer than a connector takes to receive a signal: Debezium looks every five seconds. */
  static final Duration RECEIVED = Duration.ofSeconds(15);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DONE = "snapshot_signals_done";
  private static final String COLLECTIONS = "incremental_snapshot_collections";
  private static final String COLLECTION = "incremental_snapshot_collections_id";

  private final String id;
  private final String table;
  private final boolean saysWhatIsDone;
  private final LongSupplier clock;

  private boolean sent;
  private boolean begun;
  private long quietSince;
  private Lsn wellAfter;

  /** What to do. */
  enum Step {
    SEND,
    WAIT,
    DONE
  }

  /**
   * @param id of the signal
   * @param table with its schema
   * @param saysWhatIsDone whether the offsets name signals that are finished
   * @param clock nanoseconds, as of {@link System#nanoTime}
   */
  SignalWait(String id, String table, boolean saysWhatIsDone, LongSupplier clock) {
    this.id = id;
    this.table = table;
    this.saysWhatIsDone = saysWhatIsDone;
    this.clock = clock;
  }

  /**
   * What to do now.
   *
   * @param offsets of the connector, as Connect has them
   * @param now a place that the source's log has reached
   * @throws IOException the offsets have a form that is not known
   */
  Step next(JsonNode offsets, Lsn now) throws IOException {
    if (isDone(offsets)) {
      return Step.DONE;
    }
    boolean running = isRead(offsets, table);
    if (!running && begun && !saysWhatIsDone) {
      return Step.DONE;
    }
    begun |= running && sent;
    if (running && sent) {
      beQuietFromNow();
    } else if (!sent || wellAfter != null && isPast(offsets, wellAfter)) {
      sent = true;
      beQuietFromNow();
      return Step.SEND;
    } else if (wellAfter == null && clock.getAsLong() - quietSince > RECEIVED.toNanos()) {
      wellAfter = now;
    }
    return Step.WAIT;
  }

  /** Whether the table was seen to be read. */
  boolean hasBegun() {
    return begun;
  }

  private void beQuietFromNow() {
    quietSince = clock.getAsLong();
    wellAfter = null;
  }

  private boolean isDone(JsonNode offsets) {
    for (JsonNode offset : offsets) {
      String done = offset.path("offset").path(DONE).asText("");
      if (Arrays.asList(done.split(" ")).contains(id)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPast(JsonNode offsets, Lsn place) {
    for (JsonNode offset : offsets) {
      if (new Lsn(offset.path("offset").path("lsn").asLong()).compareTo(place) > 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether the offsets say that the table's snapshot is under way. */
  static boolean isRead(JsonNode offsets, String table) throws IOException {
    for (JsonNode offset : offsets) {
      String collections = offset.path("offset").path(COLLECTIONS).asText("");
      if (!collections.isEmpty()) {
        for (JsonNode collection : JSON.readTree(collections)) {
          if (collection.path(COLLECTION).asText().replace("\"", "").equals(table)) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
