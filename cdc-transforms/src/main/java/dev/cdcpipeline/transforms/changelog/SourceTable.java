package dev.cdcpipeline.transforms.changelog;

import dev.cdcpipeline.model.event.ChangeEvent;
import dev.cdcpipeline.model.event.ReplayPosition;
import dev.cdcpipeline.model.event.Row;
import dev.cdcpipeline.model.event.SourcePosition;
import dev.cdcpipeline.transforms.changelog.TableChange.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * A source table kept up to date from its change events, one partition of its keys.
 *
 * <p>Old rows come from the stores, never from an event's {@code before}, so REPLICA IDENTITY
 * DEFAULT and FULL give the same changes. An event is applied at most once, whatever is replayed,
 * as long as the position of a deleted key is kept ({@link #forgetDeleted}).
 *
 * <p>A TRUNCATE is a floor: rows at or below its position are gone from that moment, but are
 * removed, and their deletes passed on, some at a time by {@link #removeTruncated}, so that a large
 * table does not stop the stream. Not thread-safe.
 */
public final class SourceTable<R> {
  private final TableDefinition<R> definition;
  private final TableStores stores;
  private final int epoch;
  private final SnapshotWatch snapshots;
  private Truncation latestTruncation;
  private Bytes forgetFrom;

  /**
   * A table over its stores.
   *
   * @param epoch the source's epoch, see {@link SourcePosition}
   */
  public SourceTable(TableDefinition<R> definition, TableStores stores, int epoch) {
    this.definition = definition;
    this.stores = stores;
    this.epoch = epoch;
    this.latestTruncation = stores.latestTruncation();
    this.snapshots = new SnapshotWatch(stores, epoch);
  }

  /**
   * The hash that says to which partition a change of a row belongs.
   *
   * @throws UnusableRecordException if the row has no key
   */
  public int placementHash(ChangeEvent<Row> event) {
    return definition.keyHash(definition.keyValuesOf(rowOf(event)));
  }

  /**
   * Applies one change of a row.
   *
   * @param nowMillis wall-clock time, from which a deleted key is kept
   * @param changes gets what really changed, in order
   * @return false if the event is a repeat and was refused
   * @throws UnusableRecordException if a value is missing that the state does not have either; no
   *     state has changed
   */
  public boolean apply(ChangeEvent<Row> event, long nowMillis, Consumer<TableChange<R>> changes) {
    Object[] values = definition.valuesOf(rowOf(event));
    byte[] key = definition.keyOf(values);
    ReplayPosition at = ReplayPosition.of(event, epoch);
    Truncation truncation = latestTruncation;
    if (truncation != null && truncation.removes(at)) {
      return false;
    }
    if (snapshots.isOutdated(at)) {
      return false;
    }
    snapshots.follow(at, nowMillis);
    StoredRow known = liveRow(key, truncation, nowMillis, changes);
    SourcePosition deletedPosition = known == null ? deletedAt(key) : null;
    SourcePosition knownPosition = known == null ? deletedPosition : known.position();
    if (knownPosition != null && at.isRepeatOf(ReplayPosition.of(knownPosition))) {
      return false;
    }
    Change change = new Change(key, at.position(), event.source().timeMicros(), nowMillis, changes);
    change.comesBack = deletedPosition != null;
    change.note = snapshots.noteOf(at);
    switch (event.operation()) {
      case READ:
        return change.read(known, values);
      case CREATE:
        change.create(known, values);
        return true;
      case UPDATE:
        change.update(known, values);
        return true;
      case DELETE:
        change.delete(known);
        return true;
      case TRUNCATE:
      case MESSAGE:
        break;
    }
    throw new IllegalArgumentException(event.operation() + " is no change of a row");
  }

  /**
   * Applies a TRUNCATE, of which every partition of the table must be told.
   *
   * @return false if it is a repeat
   */
  public boolean truncate(ChangeEvent<Row> event) {
    SourcePosition position = event.position(epoch);
    if (latestTruncation != null && latestTruncation.removes(ReplayPosition.of(event, epoch))) {
      return false;
    }
    keep(new Truncation(position, event.source().timeMicros(), new byte[0]));
    return true;
  }

  /**
   * Removes rows that a TRUNCATE left below its floor.
   *
   * @param atMost rows looked at
   * @return whether more are to be looked at
   */
  public boolean removeTruncated(int atMost, long nowMillis, Consumer<TableChange<R>> changes) {
    Truncation truncation = latestTruncation;
    if (truncation == null || truncation.cursor() == null) {
      return false;
    }
    List<byte[]> keys = new ArrayList<>();
    byte[] next = keysFrom(truncation.cursor(), atMost, keys);
    for (byte[] key : keys) {
      liveRow(key, truncation, nowMillis, changes);
    }
    keep(truncation.at(next));
    return next != null;
  }

  /** Collects keys of living rows; returns the first that is left, null if none is. */
  private byte[] keysFrom(byte[] first, int atMost, List<byte[]> keys) {
    try (KeyValueIterator<Bytes, byte[]> rows = stores.rows().range(Bytes.wrap(first), null)) {
      while (rows.hasNext()) {
        byte[] key = rows.next().key.get();
        if (keys.size() == atMost) {
          return key;
        }
        keys.add(key);
      }
    }
    return null;
  }

  /**
   * Takes note that a snapshot reads the table again, of which every partition of the table must be
   * told. Rows that it does not read are removed by {@link #removeNotReadAgain}.
   */
  public void rereads(ChangeEvent<Row> announcement, long nowMillis) {
    snapshots.announced(announcement, nowMillis);
  }

  /**
   * Takes note that a row was the last one that a snapshot read of the table, of which every
   * partition of the table must be told.
   */
  public void rereadsNoMore(ChangeEvent<Row> lastRow, long nowMillis) {
    snapshots.ended(lastRow, nowMillis);
  }

  /**
   * Removes rows that a snapshot has not read again, once that is certain or likely.
   *
   * @param atMost rows looked at
   */
  public void removeNotReadAgain(int atMost, long nowMillis, Consumer<TableChange<R>> changes) {
    Rereading rereading = snapshots.due(nowMillis);
    if (rereading == null) {
      return;
    }
    List<byte[]> keys = new ArrayList<>();
    byte[] next = keysFrom(rereading.cursor(), atMost, keys);
    for (byte[] key : keys) {
      StoredRow row = liveRow(key, latestTruncation, nowMillis, changes);
      if (row != null
          && rereading.isAfter(row.position())
          && row.note() != rereading.lsn().value()) {
        new Change(key, rereading.position(), rereading.commitMicros(), nowMillis, changes)
            .delete(row);
      }
    }
    snapshots.swept(next);
  }

  private SourcePosition deletedAt(byte[] key) {
    byte[] bytes = stores.deleted().get(Bytes.wrap(key));
    return bytes == null ? null : StoredRow.read(definition, bytes).position();
  }

  private static Row rowOf(ChangeEvent<Row> event) {
    return event.after() == null ? event.before() : event.after();
  }

  private void keep(Truncation truncation) {
    latestTruncation = truncation;
    stores.putTruncation(truncation);
  }

  /**
   * Forgets keys that were deleted before a time, going on where the last call ended.
   *
   * @param atMost keys looked at
   */
  public void forgetDeleted(long beforeMillis, int atMost) {
    List<Bytes> expired = new ArrayList<>();
    Bytes next = null;
    try (KeyValueIterator<Bytes, byte[]> keys = stores.deleted().range(forgetFrom, null)) {
      for (int looked = 0; keys.hasNext(); looked++) {
        KeyValue<Bytes, byte[]> entry = keys.next();
        if (looked == atMost) {
          next = entry.key;
          break;
        }
        if (StoredRow.read(definition, entry.value).note() < beforeMillis) {
          expired.add(entry.key);
        }
      }
    }
    expired.forEach(stores.deleted()::delete);
    forgetFrom = next;
  }

  /**
   * The row that the stores hold under the key, null if there is none or a TRUNCATE has removed it:
   * then its delete is passed on.
   */
  private StoredRow liveRow(
      byte[] key, Truncation truncation, long nowMillis, Consumer<TableChange<R>> changes) {
    byte[] bytes = stores.rows().get(Bytes.wrap(key));
    if (bytes == null) {
      return null;
    }
    StoredRow row = StoredRow.read(definition, bytes);
    if (truncation == null || !truncation.removes(ReplayPosition.of(row.position()))) {
      return row;
    }
    new Change(key, truncation.position(), truncation.commitMicros(), nowMillis, changes)
        .delete(row);
    return null;
  }

  /** One change on its way into the stores and on to those who follow. */
  private final class Change {
    private final byte[] key;
    private final SourcePosition position;
    private final long commitMicros;
    private final long nowMillis;
    private final Consumer<TableChange<R>> changes;

    /** What is noted with a living row. */
    private long note;

    /** Whether the key is among the deleted ones: only then is there anything to be taken out. */
    private boolean comesBack;

    Change(
        byte[] key,
        SourcePosition position,
        long commitMicros,
        long nowMillis,
        Consumer<TableChange<R>> changes) {
      this.key = key;
      this.position = position;
      this.commitMicros = commitMicros;
      this.nowMillis = nowMillis;
      this.changes = changes;
    }

    /**
     * A read that equals what is known changes nothing, not even the position: a change committed
     * after it may stand before it. A snapshot that reads the table again has found the row.
     */
    boolean read(StoredRow known, Object[] values) {
      if (known != null && definition.isSame(known.values(), values)) {
        if (snapshots.finds(position, known.position())) {
          stores
              .rows()
              .put(
                  Bytes.wrap(key),
                  StoredRow.write(
                      definition, known.position(), position.lsn().value(), known.values()));
        }
        return false;
      }
      requireComplete(values);
      put(values);
      emit(Kind.SNAPSHOT, known == null ? null : known.values(), values);
      return true;
    }

    void create(StoredRow known, Object[] values) {
      requireComplete(values);
      if (known != null) {
        // its delete did not reach us, or a TRUNCATE is still on its way from another partition
        emit(Kind.DELETED, known.values(), null);
      }
      put(values);
      emit(Kind.CREATED, null, values);
    }

    void update(StoredRow known, Object[] values) {
      if (known != null) {
        for (int i = 0; i < values.length; i++) {
          values[i] = values[i] == Row.UNAVAILABLE ? known.values()[i] : values[i];
        }
      }
      requireComplete(values);
      put(values);
      emit(Kind.UPDATED, known == null ? null : known.values(), values);
    }

    void delete(StoredRow known) {
      Object[] last = known == null ? null : known.values();
      stores.rows().delete(Bytes.wrap(key));
      stores.deleted().put(Bytes.wrap(key), StoredRow.write(definition, position, nowMillis, last));
      if (known != null) {
        emit(Kind.DELETED, last, null);
      }
    }

    private void put(Object[] values) {
      stores.rows().put(Bytes.wrap(key), StoredRow.write(definition, position, note, values));
      if (comesBack) {
        stores.deleted().delete(Bytes.wrap(key));
      }
    }

    private void emit(Kind kind, Object[] before, Object[] after) {
      changes.accept(
          new TableChange<>(
              kind,
              key,
              before == null ? null : definition.row(before),
              after == null ? null : definition.row(after),
              position,
              commitMicros));
    }

    private void requireComplete(Object[] values) {
      String missing = definition.firstUnavailable(values);
      if (missing != null) {
        throw new UnusableRecordException(
            "the event does not carry column "
                + missing
                + " of "
                + definition.name()
                + " (TOASTed and unchanged) and no row is known under its key; set REPLICA IDENTITY"
                + " FULL for this table");
      }
    }
  }
}
