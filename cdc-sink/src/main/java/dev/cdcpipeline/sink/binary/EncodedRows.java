package dev.cdcpipeline.sink.binary;

import dev.cdcpipeline.model.event.ReplayPosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The changes of one table on their way into it: rows encoded one after the other, and the last
 * change of every key.
 *
 * <p>A change is named by its number, from 0. Earlier changes of a key are kept until {@link
 * #clear}, so that they can take the place of a last one that the target refuses. Not thread-safe.
 *
 * @param <O> what the caller knows a change by
 */
public final class EncodedRows<O> {
  /** Stands where a change has none before it. */
  public static final int NONE = -1;

  private static final int KEPT_BYTES = 8 << 20;
  private static final int FIRST_CAPACITY = 256;

  private final RowLayout layout;
  private final int[] keyColumns;
  private final boolean[] numericKeys;
  private final ByteBuilder rows = new ByteBuilder(1 << 14);
  private final ByteBuilder keys = new ByteBuilder(1 << 12);
  private final BitSet deletes = new BitSet();
  private final BitSet superseded = new BitSet();
  private final BitSet refused = new BitSet();
  private int[] rowEnds = new int[FIRST_CAPACITY];
  private int[] keyEnds = new int[FIRST_CAPACITY];
  private int[] hashes = new int[FIRST_CAPACITY];
  private int[] previous = new int[FIRST_CAPACITY];
  private Object[] origins = new Object[FIRST_CAPACITY];
  private final List<ReplayPosition> positions = new ArrayList<>();
  private final List<BitSet> kept = new ArrayList<>();
  private int[] table = new int[FIRST_CAPACITY * 2];
  private int count;
  private int keyCount;

  public EncodedRows(RowLayout layout) {
    this.layout = layout;
    this.keyColumns = layout.keyColumns().stream().mapToInt(Integer::intValue).toArray();
    this.numericKeys = new boolean[keyColumns.length];
    for (int i = 0; i < keyColumns.length; i++) {
      numericKeys[i] = layout.columns().get(keyColumns[i]).type() == BinaryType.NUMERIC;
    }
    Arrays.fill(table, NONE);
  }

  /** The columns rows are written in. */
  public RowLayout layout() {
    return layout;
  }

  /**
   * Takes the row that an encoding holds; in a layout with a key it replaces earlier changes of it.
   *
   * @throws UnfitValueException a key column is NULL; nothing was taken
   */
  public void upsert(RowEncoding encoding, O origin) {
    FieldBuffer fields = encoding.fields();
    beginKey(fields);
    rows.putShort(layout.size());
    for (int i = 0; i < layout.size(); i++) {
      fields.copyTo(rows, i);
    }
    fields.release();
    end(origin, false);
  }

  /**
   * Takes the deletion of the row whose key an encoding holds.
   *
   * @throws UnfitValueException a key column is NULL; nothing was taken
   */
  public void delete(RowEncoding encoding, O origin) {
    FieldBuffer fields = encoding.fields();
    beginKey(fields);
    rows.putShort(keyColumns.length + (layout.isGuarded() ? 1 : 0));
    for (int column : keyColumns) {
      fields.copyTo(rows, column);
    }
    if (layout.isGuarded()) {
      fields.copyTo(rows, layout.position());
    }
    end(origin, true);
  }

  /** Takes the row that an encoding holds, left by a change at this position. */
  public void upsert(RowEncoding encoding, ReplayPosition position, O origin) {
    encoding.putPosition(position);
    upsert(encoding, origin);
    positions.add(position);
    kept.add(encoding.fields().kept());
  }

  /** Takes the deletion of the row whose key an encoding holds, by a change at this position. */
  public void delete(RowEncoding encoding, ReplayPosition position, O origin) {
    encoding.putPosition(position);
    delete(encoding, origin);
    positions.add(position);
    kept.add(null);
  }

  /** The last change of the key that an encoding holds, or {@link #NONE}. */
  public int find(RowEncoding encoding) {
    int start = keys.size();
    beginKey(encoding.fields());
    int end = keys.size();
    int hash = hash(start, end);
    int mask = table.length - 1;
    int found = NONE;
    for (int slot = hash & mask; table[slot] != NONE; slot = (slot + 1) & mask) {
      int other = table[slot];
      if (hashes[other] == hash
          && Arrays.equals(
              keys.bytes(), keyStart(other), keyEnds[other], keys.bytes(), start, end)) {
        found = other;
        break;
      }
    }
    keys.truncate(start);
    return found;
  }

  /** Where a change stands at the source; only in a layout with positions. */
  public ReplayPosition position(int change) {
    return positions.get(change);
  }

  /** The columns that a change leaves as they are stored, null if none. */
  public BitSet kept(int change) {
    return kept.isEmpty() ? null : kept.get(change);
  }

  /** Whether nothing of an earlier change is left after the row that an encoding holds. */
  public boolean isSuperseded(int change, RowEncoding encoding) {
    BitSet missing = encoding.fields().kept();
    if (missing == null) {
      return true;
    }
    if (isDelete(change) || kept.get(change) == null) {
      return false;
    }
    missing.andNot(kept.get(change));
    return missing.isEmpty();
  }

  private void beginKey(FieldBuffer fields) {
    int start = keys.size();
    for (int i = 0; i < keyColumns.length; i++) {
      if (fields.isNull(keyColumns[i])) {
        keys.truncate(start);
        throw new UnfitValueException(
            layout.columns().get(keyColumns[i]).name(), "a key column can't be NULL", "23502");
      }
      int at = keys.size();
      fields.copyTo(keys, keyColumns[i]);
      if (numericKeys[i]) {
        // the scale to show: 1.0 and 1.00 are one key
        keys.bytes()[at + 10] = 0;
        keys.bytes()[at + 11] = 0;
      }
    }
  }

  private void end(O origin, boolean delete) {
    if (count == rowEnds.length) {
      grow();
    }
    rowEnds[count] = rows.size();
    keyEnds[count] = keys.size();
    origins[count] = origin;
    previous[count] = NONE;
    if (delete) {
      deletes.set(count);
    }
    if (keyColumns.length > 0) {
      enter(count);
    }
    count++;
  }

  private void enter(int change) {
    int hash = hash(keyStart(change), keyEnds[change]);
    hashes[change] = hash;
    int mask = table.length - 1;
    int slot = hash & mask;
    while (table[slot] != NONE) {
      int other = table[slot];
      if (hashes[other] == hash && sameKey(other, change)) {
        previous[change] = other;
        superseded.set(other);
        table[slot] = change;
        return;
      }
      slot = (slot + 1) & mask;
    }
    table[slot] = change;
    keyCount++;
  }

  private int hash(int from, int to) {
    byte[] bytes = keys.bytes();
    int hash = 1;
    for (int i = from; i < to; i++) {
      hash = hash * 31 + bytes[i];
    }
    hash *= 0x9E3779B1;
    return hash ^ (hash >>> 15);
  }

  private boolean sameKey(int one, int other) {
    return Arrays.equals(
        keys.bytes(), keyStart(one), keyEnds[one], keys.bytes(), keyStart(other), keyEnds[other]);
  }

  private int keyStart(int change) {
    return change == 0 ? 0 : keyEnds[change - 1];
  }

  private void grow() {
    int capacity = count * 2;
    rowEnds = Arrays.copyOf(rowEnds, capacity);
    keyEnds = Arrays.copyOf(keyEnds, capacity);
    hashes = Arrays.copyOf(hashes, capacity);
    previous = Arrays.copyOf(previous, capacity);
    origins = Arrays.copyOf(origins, capacity);
    table = new int[capacity * 2];
    Arrays.fill(table, NONE);
    int mask = table.length - 1;
    for (int i = 0; i < count; i++) {
      if (keyColumns.length > 0 && !superseded.get(i)) {
        int slot = hashes[i] & mask;
        while (table[slot] != NONE) {
          slot = (slot + 1) & mask;
        }
        table[slot] = i;
      }
    }
  }

  /** Number of changes taken. */
  public int size() {
    return count;
  }

  /** Number of different keys; of rows, where there is none. */
  public int keys() {
    return keyColumns.length == 0 ? count : keyCount;
  }

  /** Bytes the encoded rows take. */
  public long bytes() {
    return (long) rows.size() + keys.size();
  }

  /** Notes that the target refuses a change. */
  public void refuse(int change) {
    refused.set(change);
  }

  /** Number of changes that the target does not refuse, as far as it is known. */
  public int accepted() {
    return count - refused.cardinality();
  }

  /** Number of those among {@link #accepted} that delete. */
  public int deletes() {
    BitSet found = (BitSet) deletes.clone();
    found.andNot(refused);
    return found.cardinality();
  }

  /** What the caller knows the change by. */
  @SuppressWarnings("unchecked") // only an O was ever put there
  public O origin(int change) {
    return (O) origins[change];
  }

  /** Whether the change deletes its row. */
  public boolean isDelete(int change) {
    return deletes.get(change);
  }

  /** The change of the same key before this one, or {@link #NONE}. */
  public int previous(int change) {
    return previous[change];
  }

  /** The last change of every key, in the order they came; without a key, all. */
  public int[] last() {
    int[] last = new int[keys()];
    int n = 0;
    for (int i = 0; i < count; i++) {
      if (!superseded.get(i)) {
        last[n++] = i;
      }
    }
    return last;
  }

  /** Sorts changes by key, always the same way, so that writers lock rows in one order. */
  public void sortByKey(int[] changes) {
    new KeyOrder(keys.bytes(), keyEnds).sort(changes);
  }

  /** Writes one row, or one deleted key, as {@code COPY BINARY} has it. */
  void copyRow(int change, ByteBuilder to) {
    int start = rowStart(change);
    to.put(rows.bytes(), start, rowEnds[change] - start);
  }

  byte[] rowBytes() {
    return rows.bytes();
  }

  /** Where the first field of a change begins. */
  int firstField(int change) {
    return rowStart(change) + 2;
  }

  private int rowStart(int change) {
    return change == 0 ? 0 : rowEnds[change - 1];
  }

  List<BinaryType> fieldTypes(boolean deleted) {
    if (deleted && layout.isGuarded()) {
      List<BinaryType> types = new ArrayList<>(layout.keyTypes());
      types.add(BinaryType.TEXT);
      return types;
    }
    return deleted
        ? layout.keyTypes()
        : layout.columns().stream().map(RowLayout.LayoutColumn::type).toList();
  }

  /** Forgets everything, and keeps a moderate amount of memory for what comes next. */
  public void clear() {
    rows.clear(KEPT_BYTES);
    keys.clear(KEPT_BYTES);
    deletes.clear();
    superseded.clear();
    refused.clear();
    Arrays.fill(origins, 0, count, null);
    positions.clear();
    kept.clear();
    Arrays.fill(table, NONE);
    count = 0;
    keyCount = 0;
  }
}
