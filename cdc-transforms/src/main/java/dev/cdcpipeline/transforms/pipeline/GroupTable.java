package dev.cdcpipeline.transforms.pipeline;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.Group;
import dev.cdcpipeline.transforms.changelog.TableLookup;
import dev.cdcpipeline.transforms.changelog.TableStores;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The groups of one result in one partition: takes deltas and changes of joined rows, passes on the
 * rows of the result that changed.
 */
final class GroupTable<R, G, J, K, V> {
  private static final Lsn NOT_COMPARED = new Lsn(0);

  private final GroupedResult<R, G, J, K, V> result;
  private final ProcessorContext<K, V> context;
  private final KeyValueStore<Bytes, byte[]> groups;
  private final StoreIndexes indexes;
  private final TableLookup<J> joinedRows;

  GroupTable(GroupedResult<R, G, J, K, V> result, ProcessorContext<K, V> context) {
    this.result = result;
    this.context = context;
    this.groups = context.getStateStore(result.groupStore());
    this.indexes = new StoreIndexes(context.getStateStore(result.indexStore()));
    this.joinedRows =
        result.joined() == null
            ? null
            : new TableLookup<>(
                result.joined(), context.getStateStore(TableStores.rowsOf(result.joined())), null);
  }

  /** A group as it is stored. */
  private final class Stored {
    private final byte[] key;
    private final Group<R> group;
    private Lsn lsn = NOT_COMPARED;

    Stored(byte[] key) {
      this.key = key;
      this.group = result.aggregation().emptyGroup(indexes.of(key));
      byte[] bytes = groups.get(Bytes.wrap(key));
      if (bytes != null) {
        BinaryInput in = new BinaryInput(bytes);
        lsn = new Lsn(in.readVarLong());
        group.read(in);
      }
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

    void write() {
      if (group.isEmpty()) {
        groups.delete(Bytes.wrap(key));
        return;
      }
      BinaryOutput out = new BinaryOutput();
      out.writeVarLong(lsn.value());
      group.write(out);
      groups.put(Bytes.wrap(key), out.toByteArray());
    }

    V row(J joined, Lsn reflected) {
      boolean exists =
          result.join() == GroupedResult.Join.RIGHT ? joined != null : group.rows() > 0;
      return exists
          ? result
              .row()
              .row(result.keyType().fromBytes(key), joined, new GroupResults(group, reflected))
          : null;
    }
  }

  void apply(byte[] key, GroupDelta delta, long timestamp) {
    J joined = joinedRow(key);
    Stored stored = new Stored(key);
    V before = stored.row(joined, NOT_COMPARED);
    stored.apply(delta);
    stored.reach(delta.lsn());
    stored.write();
    passOn(stored, before, joined, timestamp);
  }

  void applyJoined(byte[] key, J joinedBefore, J joinedAfter, Lsn lsn, long timestamp) {
    Stored stored = new Stored(key);
    V before = stored.row(joinedBefore, NOT_COMPARED);
    stored.reach(lsn);
    passOn(stored, before, joinedAfter, timestamp);
  }

  private void passOn(Stored stored, V before, J joined, long timestamp) {
    if (!Objects.equals(before, stored.row(joined, NOT_COMPARED))) {
      K key = result.topicKey().apply(result.keyType().fromBytes(stored.key));
      context.forward(new Record<>(key, stored.row(joined, stored.lsn), timestamp));
    }
  }

  private J joinedRow(byte[] key) {
    return joinedRows == null ? null : joinedRows.row(key);
  }
}
