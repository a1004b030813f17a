package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.model.event.TransactionMarker;
import dev.cdcpipeline.sink.change.Coordinates;
import dev.cdcpipeline.sink.change.PartitionId;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes whole source transactions, in commit order, of changes and transaction markers that come in
 * any interleaving of partitions (in order within each).
 *
 * <p>Guarantees, for what one connector wrote with transaction metadata:
 *
 * <ul>
 *   <li>a transaction is released when END was read and all changes that it counts in captured
 *       tables; never before, never after one that committed later, never twice;
 *   <li>a transaction that is delivered again, whole or after a part of it, is known by its id and
 *       commit LSN, each change by its number and LSN; what was read before is dropped;
 *   <li>a released {@link Release#nextOffsets()} never passes a record that is not released yet, so
 *       that an assembler which begins there releases exactly what follows;
 *   <li>rows of a full snapshot come out as they are read; what committed after the snapshot waits
 *       for {@link #snapshotComplete()};
 *   <li>rows of an incremental snapshot come out between the changes they stand between in their
 *       partition;
 *   <li>what contradicts itself or stays away fails with a message, and never hangs or is guessed.
 * </ul>
 *
 * <p>After every poll of the consumer: hand in its records, take all releases from {@link #poll()},
 * call {@link #checkStall()}, pause and resume. An assembler that has thrown is not to be used
 * again. Not thread-safe; one for each assignment of partitions.
 */
public final class TransactionAssembler implements AutoCloseable {
  private static final long END_BYTES = 256;

  private final AssemblerOptions options;
  private final ChangeDecoder decoder;
  private final Partitions partitions;
  private final SpillDirectory spill;
  private final TransactionOrder order;
  private final SnapshotGate gate;
  private final FlowControl flow;
  private final SnapshotBarrier barrier;
  private final StallWatch stall;

  private RowBatch snapshotRows = RowBatch.full();

  private long bufferedBytes;
  private long releasedTransactions;
  private long repeatedTransactions;
  private long repeatedChanges;
  private long supersededRows;
  private boolean markersSeen;
  private boolean progressed;

  /**
   * Deletes what dead processes spilled into the same parent directory.
   *
   * @param decoder decodes spilled changes again
   */
  public TransactionAssembler(
      AssemblerOptions options, AssemblerStart start, ChangeDecoder decoder, Clock clock) {
    this.options = options;
    this.decoder = decoder;
    this.partitions = new Partitions(options.transactionTopic());
    this.spill = new SpillDirectory(options.spillParent(), options.owner());
    this.order = new TransactionOrder(start.applied().orElse(null));
    this.gate = new SnapshotGate(start);
    this.flow = new FlowControl(options.bufferMaxBytes());
    this.barrier = new SnapshotBarrier(gate, order, partitions, flow);
    this.stall = new StallWatch(clock, options.stallTimeout(), options.transactionTopic());
  }

  /**
   * Names partitions that are read, the transaction topic's too, and the offset at which reading
   * begins: the ledger's next offset, or the log's start. May be called again when topics appear.
   */
  public void assign(Map<PartitionId, Long> positions) {
    partitions.assign(positions);
  }

  /** Hands in a row's change: streamed, or of a snapshot. */
  public void change(ReadChange change) {
    Coordinates at = change.change().coordinates();
    PartitionProgress p = partitions.get(PartitionId.of(at));
    if (!p.read(at.offset())) {
      return;
    }
    partitions.touch(p);
    switch (ChangeKind.of(change)) {
      case STREAMED -> streamed(change, p);
      case READ_IN_PLACE -> readInPlace(change, p);
      case SNAPSHOT_ROW -> snapshotRow(change, p);
      case SNAPSHOT_TABLE -> {
        // those of an earlier version don't say which columns the table has
        if (change.change().row() != null) {
          snapshotRow(change, p);
        }
      }
    }
  }

  /**
   * Hands in a record of the transaction topic.
   *
   * @param by what its writer promises
   */
  public void marker(TransactionMarker marker, Delivery by, Coordinates at) {
    PartitionProgress p = partitions.get(PartitionId.of(at));
    if (!p.read(at.offset())) {
      return;
    }
    if (p != partitions.transactions()) {
      throw new TransactionMetadataException(
          "["
              + at
              + "] transaction marker read from here, expected "
              + options.transactionTopic()
              + "-0 only; the transaction topic must have one partition");
    }
    partitions.touch(p);
    markersSeen = true;
    progressed |= order.head() == null || !order.head().ended();
    switch (marker.status()) {
      case BEGIN -> {
        TransactionBuffer buffer = order.begin(TransactionIdentity.of(marker), by);
        if (buffer != null) {
          p.append(buffer, at.offset());
        }
      }
      case END -> end(marker, by, at, p);
    }
  }

  /**
   * Hands in a record that carries nothing to apply, such as a tombstone: only its offset counts.
   */
  public void ignored(Coordinates at) {
    PartitionProgress p = partitions.get(PartitionId.of(at));
    if (p.read(at.offset())) {
      partitions.touch(p);
    }
  }

  private void streamed(ReadChange change, PartitionProgress p) {
    if (change.transaction() == null) {
      throw new TransactionMetadataException(
          "["
              + change.change().coordinates()
              + "] streamed change has no transaction block; set provide.transaction.metadata=true"
              + " on the source connector, delete the change topics and take a new snapshot:"
              + " changes written without it can't be put into commit order");
    }
    if (change.source().lsn() == null) {
      throw new TransactionMetadataException(
          "["
              + change.change().coordinates()
              + "] streamed change has no LSN; check the Debezium version");
    }
    if (order.isOfReleased(change)) {
      repeatedChanges++;
      return;
    }
    TransactionBuffer buffer = order.buffer(TransactionIdentity.of(change));
    boolean knewPrevious = buffer.previousCommit() != null;
    long before = buffer.memoryBytes();
    // A duplicate holds its offset back, too: a row without a key may be elsewhere the next time,
    // and after a restart it is looked for where it was delivered first.
    p.append(buffer, change.change().coordinates().offset());
    if (!buffer.add(change, options.bufferMaxBytes() / 2, spill)) {
      repeatedChanges++;
      return;
    }
    bufferedBytes += buffer.memoryBytes() - before;
    if (!knewPrevious && buffer.previousCommit() != null) {
      order.gotPreviousCommit(buffer);
    }
    partitions.saw(change.change().table(), p);
    TransactionBuffer head = order.head();
    progressed |= buffer == head || (head != null && !p.holdsOtherThan(head));
  }

  private void readInPlace(ReadChange change, PartitionProgress p) {
    RowBatch rows = p.incrementalRowsAtBack(change.source().previousCommit());
    if (rows == null) {
      rows = RowBatch.incremental(change.source().previousCommit());
      p.append(rows, change.change().coordinates().offset());
    }
    rows.add(change);
    bufferedBytes += change.encodedSize();
  }

  private void snapshotRow(ReadChange change, PartitionProgress p) {
    switch (gate.row(change, order.applied())) {
      case SUPERSEDED -> {
        supersededRows++;
        return;
      }
      case FIRST -> {
        supersededRows += snapshotRows.rows().size();
        bufferedBytes -= snapshotRows.bytes();
        snapshotRows.handOut();
        snapshotRows = RowBatch.full();
        partitions.all().forEach(PartitionProgress::snapshotBegins);
      }
      case MEMBER -> {}
    }
    snapshotRows.add(change);
    bufferedBytes += change.encodedSize();
    p.append(snapshotRows, change.change().coordinates().offset());
    progressed = true;
  }

  private void end(TransactionMarker marker, Delivery by, Coordinates at, PartitionProgress p) {
    TransactionIdentity transaction = TransactionIdentity.of(marker);
    if (order.isRedeliveredEnd(transaction, marker.lsn())) {
      repeatedTransactions++;
      TransactionBuffer dropped = order.dropRedelivered(transaction);
      if (dropped != null) {
        repeatedChanges += dropped.seenTotal();
        forget(dropped);
      }
      return;
    }
    long number = order.nextEnd(transaction);
    TransactionBuffer buffer = order.buffer(transaction);
    buffer.end(marker, by, number, options.captured());
    order.end(buffer);
    bufferedBytes += END_BYTES;
    p.append(buffer, at.offset());
  }

  private void forget(TransactionBuffer buffer) {
    bufferedBytes -= buffer.memoryBytes();
    partitions.touchAll(buffer.partitions());
    buffer.delete();
  }

  /**
   * The next thing to apply, empty if more must be read first.
   *
   * @throws TransactionMetadataException if a transaction was overtaken by one that committed later
   */
  public Optional<Release> poll() {
    if (!snapshotRows.rows().isEmpty()) {
      RowBatch rows = snapshotRows;
      snapshotRows = RowBatch.full();
      handOut(rows);
      return Optional.of(
          new SnapshotRows(gate.lsn(), rows.rows(), gate.lastRowSeen(), partitions.takeMoved()));
    }
    RowBatch reads = partitions.incrementalRowsAtFront();
    if (reads != null) {
      handOut(reads);
      return Optional.of(new IncrementalRows(reads.rows(), partitions.takeMoved()));
    }
    TransactionBuffer head = order.head();
    if (head == null || !head.complete() || isHeld(head)) {
      return Optional.empty();
    }
    order.releaseHead();
    partitions.touchAll(head.partitions());
    partitions.touch(partitions.transactions());
    releasedTransactions++;
    progressed = true;
    bufferedBytes -= END_BYTES;
    long bytes = head.memoryBytes();
    return Optional.of(
        new SourceTransaction(head, decoder, partitions.takeMoved(), () -> bufferedBytes -= bytes));
  }

  /** Whether a transaction that has ended waits for a snapshot. */
  private boolean isHeld(TransactionBuffer ended) {
    return gate.holds(ended.commitLsn()) || order.waitsForOvertaken(ended);
  }

  private void handOut(RowBatch rows) {
    rows.handOut();
    bufferedBytes -= rows.bytes();
  }

  /**
   * For each partition the first offset that is not applied once everything released so far is: for
   * a ledger that is to advance over repeats and tombstones while nothing is released.
   */
  public Map<PartitionId, Long> nextOffsets() {
    return partitions.nextOffsets();
  }

  /** Whether a full snapshot's rows were seen and it is not declared complete. */
  public boolean snapshotUnderWay() {
    return !gate.open() && gate.lsn() != null;
  }

  /** Whether streamed transactions wait for a snapshot, under way or only expected. */
  public boolean holdsForSnapshot() {
    return !gate.open();
  }

  /** LSN of the snapshot under way, empty if none is. */
  public Optional<Lsn> snapshotLsn() {
    return gate.open() ? Optional.empty() : Optional.ofNullable(gate.lsn());
  }

  /**
   * Whether all rows of the snapshot were handed in: its last row was seen, and every assigned
   * partition was read either to a streamed change that comes after it or to where the partition
   * ended afterwards, as {@link #endOffsets} told. True also if a snapshot was expected and there
   * is none.
   *
   * <p>Drops then what was handed on of a transaction that committed before the snapshot and has
   * not ended: the connector lost its place in the middle of it, and the snapshot has all of it.
   * What ended behind that one and before this snapshot is dropped with it: without the first it is
   * no state that the source ever had, and the snapshot has it, too. So are rows of an incremental
   * snapshot that stand behind them.
   */
  public boolean snapshotRead() {
    boolean read = barrier.isRead();
    if (read && gate.lsn() != null) {
      dropReplacedBy(gate.lsn());
    }
    return read;
  }

  private void dropReplacedBy(Lsn snapshot) {
    List<TransactionBuffer> dropped = order.dropHeldBefore(snapshot);
    for (TransactionBuffer buffer : dropped) {
      supersededRows += buffer.seenTotal();
      bufferedBytes -= buffer.ended() ? END_BYTES : 0;
      forget(buffer);
    }
    if (dropped.isEmpty()) {
      return;
    }
    // what was read in place could not come out behind them
    for (PartitionProgress p : partitions.data()) {
      for (RowBatch rows : p.replacedBy(snapshot)) {
        supersededRows += rows.rows().size();
        handOut(rows);
        partitions.touch(p);
      }
    }
  }

  /**
   * Opens the way for what committed after the snapshot. First, when {@link #snapshotRead()} says
   * so and all releases were taken, make the snapshot visible and store {@link #nextOffsets()} in
   * the same target transaction: or else rows of an attempt that the connector gave up could be
   * read again after a restart and be taken for a snapshot of their own.
   */
  public void snapshotComplete() {
    if (gate.open()) {
      throw new IllegalStateException("no snapshot is under way or expected");
    }
    if (!snapshotRows.rows().isEmpty()) {
      throw new IllegalStateException("snapshot rows wait to be taken by poll()");
    }
    gate.complete();
    progressed = true;
  }

  /**
   * Whether {@link #endOffsets} and {@link #caughtUpTo} would bring a waiting snapshot to its end,
   * or a stall to light. Stays true as long as they may: ask again at intervals, because a
   * partition that is not read to its end now may be so later.
   */
  public boolean wantsEndOffsets() {
    if (barrier.isOver()) {
      return barrier.wantsEndOffsets();
    }
    TransactionBuffer head = order.head();
    return gate.open() && head != null && head.ended() && !head.complete() && stall.suspicious();
  }

  /**
   * Tells where partitions end, asked for after the last record that was handed in. Ask for the
   * high watermark (isolation level read_uncommitted): what one producer transaction wrote becomes
   * visible in one partition before the other.
   */
  public void endOffsets(Map<PartitionId, Long> ends) {
    boolean afterSnapshot = barrier.isOver();
    ends.forEach((id, offset) -> partitions.get(id).endsAt(offset, order.ends(), afterSnapshot));
  }

  /**
   * Tells that the consumer has read everything below a position: the only way to learn it where a
   * partition ends with control records or compacted ones.
   */
  public void caughtUpTo(PartitionId id, long position) {
    PartitionProgress p = partitions.get(id);
    p.reach(position);
    partitions.touch(p);
  }

  /** Partitions that are to be paused now and were not before; each is named once. */
  public Set<PartitionId> partitionsToPause() {
    return flow.pause(resting());
  }

  /** Partitions that are to be resumed now; each is named once. */
  public Set<PartitionId> partitionsToResume() {
    return flow.resume(resting());
  }

  private Set<PartitionId> resting() {
    TransactionBuffer head = order.head();
    boolean held = head != null && head.ended() && isHeld(head);
    return flow.resting(
        bufferedBytes,
        partitions.all(),
        head,
        held,
        gate.lsn(),
        barrier.awaitsEnd(),
        partitions.transactions());
  }

  /**
   * Fails if the oldest incomplete transaction can't be completed. Call it after every poll of the
   * consumer, also when that brought nothing.
   *
   * @throws TransactionMetadataException if a transaction never ended, and no snapshot came in its
   *     place for the stall timeout
   * @throws StalledTransactionException if all partitions were read past the transaction, or it got
   *     no event for the stall timeout
   * @throws IncompleteSnapshotException if the connector began to stream without having written the
   *     snapshot's last row, and has not begun another snapshot
   */
  public void checkStall() {
    barrier.checkNotGivenUp();
    stall.checkOvertaken(gate.open() ? order.neverEnded() : Optional.empty());
    TransactionBuffer head = order.head();
    boolean announced = head != null;
    if (head == null) {
      head = order.unannounced();
    }
    boolean held = head != null && !gate.open() && (!head.ended() || gate.holds(head.commitLsn()));
    if (head == null || head.complete() || held) {
      stall.progressed();
      return;
    }
    if (progressed) {
      stall.progressed();
      progressed = false;
    }
    TransactionBuffer oldest = head;
    stall.check(
        head,
        announced,
        partitions.of(head.missing().keySet()),
        markersSeen,
        partitions.all().stream().anyMatch(p -> p.holdsOtherThan(oldest)));
  }

  /** What was done and is held. */
  public AssemblerCounters counters() {
    return new AssemblerCounters(
        releasedTransactions,
        repeatedTransactions,
        repeatedChanges,
        supersededRows,
        bufferedBytes,
        spill.bytes(),
        order.open());
  }

  /** Deletes what is spilled; transactions not closed can't be read any more. */
  @Override
  public void close() {
    order.buffers().forEach(TransactionBuffer::delete);
    spill.close();
  }
}
