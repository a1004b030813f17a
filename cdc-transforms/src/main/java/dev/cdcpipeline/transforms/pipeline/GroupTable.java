package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.Group;
import dev.cdcpipeline.transforms.changelog.TableLookup;
import dev.cdcpipeline.transforms.changelog.TableStores;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The groups of one result in one partition: takes deltas and changes of joined rows, passes on the
 * rows of the result that changed.
 *
 * <p>Groups are kept as objects, those used lately; a group that changes is written to the stores,
 * and its row is passed on, when {@link #pass} is called before a commit: once, however many
 * changes it saw. What is in memory alone is never more than what the transaction that is under way
 * has done.
 */
final class GroupTable<R, G, J, K, V> {
  /** A row's position is information; one that differs in it alone is the same row. */
  private static final Lsn NOT_COMPARED = new Lsn(0);

  /** What may be kept of groups, in values; a value of an index is one, about 64 bytes. */
  private static final int KEPT_VALUES = 1 << 16;

  /** A group without its indexes, in values. */
  private static final int GROUP_VALUES = 8;

  /** So many changed groups are passed on without waiting for the next commit to come by itself. */
  private static final int MOST_PENDING = KEPT_VALUES / GROUP_VALUES;

  private final GroupedResult<R, G, J, K, V> result;
  private final KeyValueStore<Bytes, byte[]> groups;
  private final StoreIndexes indexes;
  private final TableLookup<J> joinedRows;
  private final BinaryOutput out = new BinaryOutput();
  private final List<Kept> pending = new ArrayList<>();

  /** Groups used since the other map was begun anew; and those used before, until they are. */
  private Map<Bytes, Kept> recent = new HashMap<>();

  private Map<Bytes, Kept> older = new HashMap<>();
  private long recentValues;

  GroupTable(GroupedResult<R, G, J, K, V> result, TableStores.ByName stores) {
    this.result = result;
    this.groups = stores.getStateStore(result.groupStore());
    this.indexes = new StoreIndexes(stores.getStateStore(result.indexStore()));
    this.joinedRows =
        result.joined() == null
            ? null
            : new TableLookup<>(
                result.joined(), stores.getStateStore(TableStores.rowsOf(result.joined())), null);
  }

  /** A group in memory. */
  private final class Kept {
    private final Bytes key;
    private final G groupKey;
    private final StoreIndexes.OfGroup ownIndexes;
    private final Group<R> group;
    private Lsn lsn = NOT_COMPARED;

    /** Told of every change of it, so that it need not be looked up again. */
    private J joined;

    private int values;
    private boolean isPending;
    private V passedOn;
    private long timestamp;

    Kept(Bytes key) {
      this.key = key;
      this.groupKey = result.keyType().fromBytes(key.get());
      this.ownIndexes = indexes.of(key.get());
      this.group = result.aggregation().emptyGroup(ownIndexes);
      byte[] bytes = groups.get(key);
      if (bytes != null) {
        BinaryInput in = new BinaryInput(bytes);
        lsn = new Lsn(in.readVarLong());
        group.read(in);
      }
      joined = joinedRows == null ? null : joinedRows.row(key.get());
    }

    void apply(GroupDelta delta) {
      if (delta.retracted() != null && delta.accumulated() != null) {
        group.replace(delta.retracted(), delta.accumulated());
      } else if (delta.retracted() != null) {
        group.retract(delta.retracted());
      } else {
        group.accumulate(delta.accumulated());
      }
    }

    void reach(Lsn other) {
      lsn = other.compareTo(lsn) > 0 ? other : lsn;
    }

    byte[] state() {
      if (group.isEmpty()) {
        return null;
      }
      out.reset().writeVarLong(lsn.value());
      group.write(out);
      return out.toByteArray();
    }

    V row(Lsn reflected) {
      boolean exists =
          result.join() == GroupedResult.Join.RIGHT ? joined != null : group.rows() > 0;
      return exists ? result.row().row(groupKey, joined, new GroupResults(group, reflected)) : null;
    }

    /** Passes its row on if it is another one than the last. */
    V passOn(V before, long time, ProcessorContext<K, V> context) {
      V now = row(NOT_COMPARED);
      if (!Objects.equals(before, now)) {
        context.forward(
            new Record<>(result.topicKey().apply(groupKey), now == null ? null : row(lsn), time));
      }
      return now;
    }
  }

  /** Applies a change to its group, whose row is passed on later. */
  void apply(byte[] key, GroupDelta delta, long timestamp) {
    Kept kept = kept(Bytes.wrap(key));
    if (!kept.isPending) {
      kept.isPending = true;
      kept.passedOn = kept.row(NOT_COMPARED);
      kept.timestamp = timestamp;
      pending.add(kept);
    }
    kept.apply(delta);
    kept.reach(delta.lsn());
    kept.timestamp = Math.max(kept.timestamp, timestamp);
    weigh(kept);
  }

  /** Applies a change of a joined row; the group's row is passed on at once. */
  void applyJoined(
      byte[] key,
      J joinedBefore,
      J joinedAfter,
      Lsn lsn,
      long timestamp,
      ProcessorContext<K, V> context) {
    Kept kept = kept(Bytes.wrap(key));
    V before = kept.passedOn;
    if (!kept.isPending) {
      // the store has the new row already
      kept.joined = joinedBefore;
      before = kept.row(NOT_COMPARED);
    }
    kept.joined = joinedAfter;
    kept.reach(lsn);
    V now = kept.passOn(before, timestamp, context);
    kept.passedOn = kept.isPending ? now : null;
  }

  /** Whether groups have changed since {@link #pass}. */
  boolean isPending() {
    return !pending.isEmpty();
  }

  /** Whether so many have that a commit should not be waited for. */
  boolean isFull() {
    return pending.size() >= MOST_PENDING || recentValues > KEPT_VALUES;
  }

  /** Writes the groups that have changed to the stores and passes their rows on. */
  void pass(ProcessorContext<K, V> context) {
    List<KeyValue<Bytes, byte[]>> states = new ArrayList<>(pending.size());
    for (Kept kept : pending) {
      kept.ownIndexes.write();
      states.add(KeyValue.pair(kept.key, kept.state()));
    }
    indexes.write();
    groups.putAll(states);
    for (Kept kept : pending) {
      kept.isPending = false;
      kept.passOn(kept.passedOn, kept.timestamp, context);
      kept.passedOn = null;
    }
    pending.clear();
    if (recentValues > KEPT_VALUES / 2) {
      beginAnew();
    }
  }

  private Kept kept(Bytes key) {
    Kept kept = recent.get(key);
    if (kept == null) {
      if (recentValues > KEPT_VALUES / 2 && recent.size() > 2 * pending.size()) {
        beginAnew();
      }
      kept = older.remove(key);
      if (kept == null) {
        kept = new Kept(key);
      } else {
        // a group in constant use would never let go of its values
        kept.ownIndexes.forget();
      }
      keep(kept);
    }
    return kept;
  }

  /** Forgets what has not been used for a while; groups that are not written yet stay. */
  private void beginAnew() {
    older = recent;
    recent = new HashMap<>();
    recentValues = 0;
    for (Kept kept : pending) {
      older.remove(kept.key);
      keep(kept);
    }
  }

  private void keep(Kept kept) {
    recent.put(kept.key, kept);
    kept.values = 0;
    weigh(kept);
  }

  private void weigh(Kept kept) {
    int values = GROUP_VALUES + kept.ownIndexes.values();
    recentValues += values - kept.values;
    kept.values = values;
  }
}
