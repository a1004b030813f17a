package dev.cdcpipeline.debezium;

import java.util.HashMap;
import java.util.Map;

/**
 * The offsets from which the source connector starts again, made of Debezium's: each lies behind a
 * whole source transaction, or within an initial snapshot that is then read again.
 *
 * <p>{@code lsn} is what the replication stream is asked to start from. The server leaves out the
 * transactions whose commit record begins before it and sends all others whole. {@code lsn_proc} is
 * left out, so that Debezium does not look for one event of a transaction: it compares LSNs for
 * equality, and a transaction that was open meanwhile may have written at the same one.
 */
final class RestartOffset {
  private static final String LSN = "lsn";
  private static final String PROCESSED_LSN = "lsn_proc";
  private static final String COMMIT_LSN = "lsn_commit";
  private static final String MESSAGE_TYPE = "messageType";
  private static final String SNAPSHOT = "snapshot";
  private static final String LAST_SNAPSHOT_RECORD = "last_snapshot_record";
  private static final String SNAPSHOT_COMPLETED = "snapshot_completed";
  private static final String TRANSACTION_ID = "txId";
  private static final String TRANSACTION_PREFIX = "transaction_";
  private static final String INCREMENTAL_PREFIX = "incremental_snapshot_";

  private RestartOffset() {}

  /** The offset behind a transaction or a snapshot, made of that of its last record. */
  static Map<String, Object> behind(Map<String, ?> offset) {
    Map<String, Object> behind = new HashMap<>(offset);
    behind.remove(PROCESSED_LSN);
    behind.remove(SNAPSHOT);
    behind.remove(LAST_SNAPSHOT_RECORD);
    behind.remove(SNAPSHOT_COMPLETED);
    behind.keySet().removeIf(key -> key.startsWith(TRANSACTION_PREFIX));
    return behind;
  }

  /**
   * The offset behind a logical message that belongs to no transaction. The server sends such a
   * message again from its own LSN on, and not from the next byte on.
   */
  static Map<String, Object> behindMessage(Map<String, ?> offset) {
    Map<String, Object> behind = behind(offset);
    behind.put(LSN, lsn(offset) + 1);
    return behind;
  }

  /** A position in the WAL with how far an incremental snapshot has come by a later record. */
  static Map<String, Object> withIncrementalSnapshot(
      Map<String, ?> position, Map<String, ?> record) {
    Map<String, Object> both = new HashMap<>(position);
    both.keySet().removeIf(key -> key.startsWith(INCREMENTAL_PREFIX));
    record.forEach(
        (key, value) -> {
          if (key.startsWith(INCREMENTAL_PREFIX)) {
            both.put(key, value);
          }
        });
    return both;
  }

  /**
   * The offset to start from, given a stored one: of this connector, of an earlier version, or of
   * Debezium's own connector, which may lie within a transaction.
   *
   * @param stored null if there is none
   */
  static Map<String, Object> toStartFrom(Map<String, ?> stored) {
    if (stored == null) {
      return null;
    }
    if (isInInitialSnapshot(stored)) {
      return inSnapshot(stored);
    }
    Map<String, Object> start = behind(stored);
    if (!(stored.containsKey(PROCESSED_LSN) && stored.get(COMMIT_LSN) instanceof Number commit)) {
      return start;
    }
    if (isAtMessage(stored) && commit.longValue() == lsn(stored)) {
      return behindMessage(stored);
    }
    // within a transaction. What committed before the event at the LSN committed before the
    // transaction, and so was sent before it; so was what committed before the previous commit
    start.put(LSN, Math.max(lsn(stored), commit.longValue()));
    start.put(MESSAGE_TYPE, "COMMIT");
    return start;
  }

  /** The offset of a record of an initial snapshot that is not its last. */
  static Map<String, Object> inSnapshot(Map<String, ?> offset) {
    Map<String, Object> inSnapshot = new HashMap<>(offset);
    inSnapshot.remove(PROCESSED_LSN);
    return inSnapshot;
  }

  /** An offset that says only that an initial snapshot has begun. */
  static Map<String, Object> beforeFirstSnapshot() {
    return Map.of(SNAPSHOT, "INITIAL", LAST_SNAPSHOT_RECORD, false, SNAPSHOT_COMPLETED, false);
  }

  /** Whether a connector that starts here reads the initial snapshot again. */
  static boolean isInInitialSnapshot(Map<String, ?> offset) {
    return isOfInitialSnapshot(offset) && !isSnapshotsLast(offset);
  }

  /** Whether a snapshot's record was written at an offset, its last one too. */
  static boolean isOfInitialSnapshot(Map<String, ?> offset) {
    Object snapshot = offset.get(SNAPSHOT);
    return snapshot != null
        && (snapshot.toString().equalsIgnoreCase("INITIAL") || snapshot.toString().equals("true"));
  }

  /** Whether a record was written by a snapshot that was asked for and stops the stream. */
  static boolean isOfBlockingSnapshot(Map<String, ?> offset) {
    return offset.get(SNAPSHOT) != null
        && offset.get(SNAPSHOT).toString().equalsIgnoreCase("BLOCKING");
  }

  /** Whether nothing of a snapshot comes after the record at an offset. */
  static boolean isSnapshotsLast(Map<String, ?> offset) {
    return isTrue(offset.get(LAST_SNAPSHOT_RECORD)) || isTrue(offset.get(SNAPSHOT_COMPLETED));
  }

  /** Whether rows of a snapshot may have been written at the offset, or before it. */
  static boolean hasPosition(Map<String, ?> offset) {
    return offset.get(LSN) != null;
  }

  /** Whether an event of a transaction is known at an offset. */
  static boolean hasTransaction(Map<String, ?> offset) {
    return offset.get(TRANSACTION_ID) != null;
  }

  /** Whether the last event at an offset is a TRUNCATE. */
  static boolean isAtTruncate(Map<String, ?> offset) {
    return "TRUNCATE".equals(offset.get(MESSAGE_TYPE));
  }

  /** Whether the record at an offset is, or follows, a logical message. */
  static boolean isAtMessage(Map<String, ?> offset) {
    return "MESSAGE".equals(offset.get(MESSAGE_TYPE));
  }

  /**
   * Where the replication stream starts.
   *
   * @throws IllegalArgumentException if the offset has no LSN
   */
  static long lsn(Map<String, ?> offset) {
    if (offset.get(LSN) instanceof Number lsn) {
      return lsn.longValue();
    }
    throw new IllegalArgumentException("offset " + offset + " has no LSN");
  }

  private static boolean isTrue(Object value) {
    return value != null && value.toString().equals("true");
  }
}
