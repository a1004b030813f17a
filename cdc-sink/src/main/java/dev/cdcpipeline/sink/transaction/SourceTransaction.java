package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.Operation;
import dev.cdcpipeline.sink.change.ChangeSize;
import dev.cdcpipeline.sink.change.PartitionId;
import dev.cdcpipeline.sink.change.RowChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/**
 * One whole transaction of the source. Its changes may be partly on disk: read them in chunks, as
 * often as needed, and close it once they are applied.
 */
public final class SourceTransaction implements Release, AutoCloseable {
  private final TransactionBuffer buffer;
  private final ChangeDecoder decoder;
  private final Map<PartitionId, Long> nextOffsets;
  private final Runnable onClose;
  private final long memoryBytes;
  private boolean closed;

  SourceTransaction(
      TransactionBuffer buffer,
      ChangeDecoder decoder,
      Map<PartitionId, Long> nextOffsets,
      Runnable onClose) {
    this.buffer = buffer;
    this.decoder = decoder;
    this.nextOffsets = nextOffsets;
    this.onClose = onClose;
    this.memoryBytes = buffer.memoryBytes();
  }

  /** PostgreSQL's transaction id. */
  public long transactionId() {
    return buffer.id();
  }

  /** LSN of the commit: what {@code cdc.position} holds once this is applied. */
  public Lsn commitLsn() {
    return buffer.commitLsn();
  }

  /** Commit time at the source, in milliseconds; the changes carry it in microseconds. */
  public Instant commitTime() {
    return Instant.ofEpochMilli(buffer.end().timeMillis());
  }

  /** Changes by {@code schema.table}, captured tables only. */
  public Map<String, Long> counts() {
    return buffer.seen();
  }

  /** Number of changes in captured tables; 0 for a transaction that touched none. */
  public long size() {
    return buffer.seenTotal();
  }

  /** Encoded bytes of the changes held in memory; what is on disk is not counted. */
  public long memoryBytes() {
    return memoryBytes;
  }

  @Override
  public Map<PartitionId, Long> nextOffsets() {
    return nextOffsets;
  }

  /**
   * The changes in the order in which they were made, in lists that end once they have {@code
   * maxRows} or about {@code maxBytes}; one that would end between the two halves of a key change
   * is longer: the created row takes what it lacks from the deleted. Each iteration begins at the
   * first change.
   *
   * @throws IllegalStateException if this is closed
   */
  public Iterable<List<RowChange>> chunks(int maxRows, long maxBytes) {
    if (maxRows < 1 || maxBytes < 1) {
      throw new IllegalArgumentException(
          "maxRows and maxBytes must be at least 1, were " + maxRows + " and " + maxBytes);
    }
    return () -> new Chunks(merge(), maxRows, maxBytes);
  }

  /** Frees memory and disk. Closing again does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      buffer.delete();
      onClose.run();
    }
  }

  private Iterator<RowChange> merge() {
    if (closed) {
      throw new IllegalStateException("transaction " + transactionId() + " is closed");
    }
    if (buffer.runs().size() == 1) {
      return buffer.runs().iterator().next().read(decoder);
    }
    PriorityQueue<Cursor> cursors =
        new PriorityQueue<>(
            Comparator.comparing((Cursor c) -> c.current.position().lsn())
                .thenComparingLong(c -> c.current.position().totalOrder()));
    for (TransactionRun run : buffer.runs()) {
      Iterator<RowChange> changes = run.read(decoder);
      if (changes.hasNext()) {
        cursors.add(new Cursor(changes));
      }
    }
    return new Merged(cursors);
  }

  private static final class Cursor {
    private final Iterator<RowChange> rest;
    private RowChange current;

    Cursor(Iterator<RowChange> changes) {
      this.rest = changes;
      this.current = changes.next();
    }
  }

  private record Merged(PriorityQueue<Cursor> cursors) implements Iterator<RowChange> {
    @Override
    public boolean hasNext() {
      return !cursors.isEmpty();
    }

    @Override
    public RowChange next() {
      Cursor first = cursors.remove();
      RowChange change = first.current;
      if (first.rest.hasNext()) {
        first.current = first.rest.next();
        cursors.add(first);
      }
      return change;
    }
  }

  private static final class Chunks implements Iterator<List<RowChange>> {
    private final Iterator<RowChange> changes;
    private final int maxRows;
    private final long maxBytes;
    private RowChange ahead;

    Chunks(Iterator<RowChange> changes, int maxRows, long maxBytes) {
      this.changes = changes;
      this.maxRows = maxRows;
      this.maxBytes = maxBytes;
    }

    @Override
    public boolean hasNext() {
      return ahead != null || changes.hasNext();
    }

    @Override
    public List<RowChange> next() {
      if (!hasNext()) {
        throw new NoSuchElementException("no more changes");
      }
      List<RowChange> chunk = new ArrayList<>(Math.min(maxRows, 1024));
      long bytes = 0;
      if (ahead != null) {
        chunk.add(ahead);
        bytes += ChangeSize.of(ahead);
        ahead = null;
      }
      while (changes.hasNext()) {
        RowChange change = changes.next();
        if ((chunk.size() >= maxRows || bytes >= maxBytes)
            && !endsKeyChange(chunk.get(chunk.size() - 1), change)) {
          ahead = change;
          break;
        }
        chunk.add(change);
        bytes += ChangeSize.of(change);
      }
      return chunk;
    }

    private static boolean endsKeyChange(RowChange deleted, RowChange created) {
      return deleted.operation() == Operation.DELETE
          && created.operation() == Operation.CREATE
          && deleted.table().equals(created.table())
          && deleted.position().lsn().equals(created.position().lsn());
    }
  }
}
