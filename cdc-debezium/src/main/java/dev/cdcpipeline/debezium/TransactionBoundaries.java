package dev.cdcpipeline.debezium;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Hands on whole source transactions, with offsets that lie between them.
 *
 * <p>Guarantees, for records in the order in which Debezium queued them:
 *
 * <ul>
 *   <li>what is handed on at a time ends with the END of a transaction, with a record that belongs
 *       to none, or with a part of a transaction that is too large to be kept;
 *   <li>the offset of each record is that behind the last transaction, snapshot or message that was
 *       handed on before it, or with it: a connector that starts from there is sent every later
 *       transaction whole;
 *   <li>a part ends where the LSN changes, so that the events of one WAL record stay together;
 *   <li>a row of an incremental snapshot is handed on between two transactions. Its offset keeps
 *       how far that snapshot has come.
 * </ul>
 *
 * <p>Records of the transaction topic carry the header {@link #DELIVERY_HEADER}, by which a
 * consumer knows that this connector wrote them. Not thread-safe.
 */
final class TransactionBoundaries {
  /** Header of each BEGIN and END. */
  static final String DELIVERY_HEADER = "cdc.delivery";

  /** Its value. */
  static final String WHOLE_TRANSACTIONS = "whole-transactions";

  private static final String MARKER_SCHEMA = ".TransactionMetadataValue";
  private static final String HEARTBEAT_SCHEMA = ".Heartbeat";

  private final int maxRecords;
  private final long maxBytes;
  private final List<SourceRecord> held = new ArrayList<>();
  private final IncrementalReads reads = new IncrementalReads();

  private Map<String, Object> boundary;
  private long heldBytes;
  private Object lastLsn;
  private boolean open;

  /**
   * @param start the offset from which the connector starts, null if there is none
   * @param maxRecords records of one transaction from which on it is handed on in parts
   * @param maxBytes about as many bytes of its rows, from which on it is, too
   */
  TransactionBoundaries(Map<String, Object> start, int maxRecords, long maxBytes) {
    this.boundary = start;
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
  }

  /** What can be handed on now of what was polled and what was held. */
  List<SourceRecord> of(List<SourceRecord> polled) {
    List<SourceRecord> ready = new ArrayList<>(held.size() + polled.size());
    for (SourceRecord record : polled) {
      switch (Kind.of(record)) {
        case BEGIN -> {
          open = true;
          hold(marker(record), record);
        }
        case END -> {
          open = false;
          boundary = RestartOffset.behind(record.sourceOffset());
          hold(marker(record), record);
          release(ready);
          reads.takeAll().forEach(row -> read(row, ready));
        }
        case READ -> {
          if (open) {
            reads.hold(record);
          } else {
            read(record, ready);
          }
        }
        case OTHER -> {
          reads.changed(record);
          if (open) {
            ofTransaction(record, ready);
          } else {
            boundary = between(record);
            ready.add(at(boundary, record));
          }
        }
      }
    }
    return ready;
  }

  private void read(SourceRecord row, List<SourceRecord> ready) {
    boundary =
        boundary == null
            ? RestartOffset.behind(row.sourceOffset())
            : RestartOffset.withIncrementalSnapshot(boundary, row.sourceOffset());
    ready.add(at(boundary, row));
  }

  private void ofTransaction(SourceRecord record, List<SourceRecord> ready) {
    Object lsn = RowSize.lsn(record);
    boolean large = held.size() >= maxRecords || heldBytes >= maxBytes;
    // a tombstone has no LSN and belongs to the delete before it
    if (large && lsn != null && !lsn.equals(lastLsn)) {
      release(ready);
    }
    if (lsn != null) {
      lastLsn = lsn;
    }
    hold(at(boundary, record), record);
  }

  /** The boundary after a record that belongs to no transaction. */
  private Map<String, Object> between(SourceRecord record) {
    Map<String, ?> offset = record.sourceOffset();
    if (offset == null) {
      return boundary;
    }
    if (RestartOffset.isOfInitialSnapshot(offset)) {
      return RestartOffset.isSnapshotsLast(offset)
          ? RestartOffset.behind(offset)
          : RestartOffset.inSnapshot(offset);
    }
    if (RestartOffset.isOfBlockingSnapshot(offset)) {
      // it stands between two changes, and is not resumed
      return boundary;
    }
    if (RestartOffset.isAtMessage(offset) && RestartOffset.hasPosition(offset)) {
      // the message itself, or a sign of life after one that is filtered
      return RestartOffset.behindMessage(offset);
    }
    if (boundary == null || RestartOffset.isInInitialSnapshot(boundary)) {
      // after a snapshot without rows only a sign of life tells where it was taken
      return hasSchema(record, HEARTBEAT_SCHEMA) && RestartOffset.hasPosition(offset)
          ? RestartOffset.behind(offset)
          : boundary;
    }
    return RestartOffset.withIncrementalSnapshot(boundary, offset);
  }

  private void hold(SourceRecord ours, SourceRecord record) {
    held.add(ours);
    heldBytes += RowSize.bytes(record);
  }

  private void release(List<SourceRecord> ready) {
    ready.addAll(held);
    held.clear();
    heldBytes = 0;
  }

  private SourceRecord marker(SourceRecord record) {
    ConnectHeaders headers = new ConnectHeaders(record.headers());
    headers.addString(DELIVERY_HEADER, WHOLE_TRANSACTIONS);
    return new IdentityRecord(record, boundary, headers);
  }

  private static SourceRecord at(Map<String, Object> offset, SourceRecord record) {
    return new IdentityRecord(record, offset, record.headers());
  }

  /** Whether a record is the BEGIN or END of a transaction. */
  static boolean isMarker(SourceRecord record) {
    return hasSchema(record, MARKER_SCHEMA);
  }

  private static boolean hasSchema(SourceRecord record, String suffix) {
    return record.valueSchema() != null
        && record.valueSchema().name() != null
        && record.valueSchema().name().endsWith(suffix);
  }

  /** What a record is to the order of transactions. */
  private enum Kind {
    BEGIN,
    END,
    READ,
    OTHER;

    static Kind of(SourceRecord record) {
      if (!isMarker(record)) {
        return IncrementalReads.isRead(record) ? READ : OTHER;
      }
      return valueOf(((Struct) record.value()).getString("status"));
    }
  }
}
