package dev.cdcpipeline.transforms.aggregate;

import java.util.Arrays;
import java.util.function.ObjLongConsumer;

/**
 * An index in memory before a slower one: multiplicities that were asked for are kept, changes wait
 * until {@link #write}. A value that comes and goes between two writes costs the other index
 * nothing.
 *
 * <p>Holds a bounded number of values; one more than that, and the changes are written and all are
 * forgotten. Until {@code write} the other index is not up to date, and nobody else may change it.
 * Not thread-safe.
 *
 * @param <V> the values, ordered by their {@link ValueType}
 */
public final class CachedIndex<V> implements OrderedIndex<V> {
  private static final int FIRST_SLOTS = 8;

  /** In a slot's second cell, below its multiplicity. */
  private static final int USED = 1;

  private static final int LISTED = 2;
  private static final int FLAGS = 2;

  private final ValueType<V> type;
  private final OrderedIndex<V> behind;
  private final int most;
  private final boolean hasCodes;

  /**
   * Two of each slot side by side, so that a look costs one line of the processor's cache: a
   * value's code, or its hash where the type has none; its multiplicity and what is known of the
   * slot. An empty slot has zeros.
   */
  private long[] cells;

  /** The multiplicities that the other index has. */
  private long[] written;

  /** The values, where the type has no codes; else null. */
  private Object[] values;

  private int[] listed = new int[4];
  private int listedCount;
  private int size;

  /**
   * An index that holds nothing yet.
   *
   * @param behind what keeps the multiplicities
   * @param most values in memory, at least 1
   */
  public CachedIndex(ValueType<V> type, OrderedIndex<V> behind, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("an index must be able to hold a value, not " + most);
    }
    this.type = type;
    this.behind = behind;
    this.most = most;
    this.hasCodes = type.hasCodes();
    clear(FIRST_SLOTS);
  }

  private void clear(int slots) {
    cells = new long[2 * slots];
    written = new long[slots];
    values = hasCodes ? null : new Object[slots];
    listedCount = 0;
    size = 0;
  }

  @Override
  public long multiplicity(V value) {
    return multiplicityIn(slotOf(value));
  }

  @Override
  public void put(V value, long multiplicity) {
    change(slotOf(value), multiplicity);
  }

  @Override
  public long add(V value, long delta) {
    int slot = slotOf(value);
    long after = multiplicityIn(slot) + delta;
    change(slot, after);
    return after;
  }

  private long multiplicityIn(int slot) {
    return cells[2 * slot + 1] >> FLAGS;
  }

  private void change(int slot, long multiplicity) {
    boolean isListed = (cells[2 * slot + 1] & LISTED) != 0;
    cells[2 * slot + 1] = multiplicity << FLAGS | LISTED | USED;
    if (!isListed) {
      list(slot);
    }
  }

  private void list(int slot) {
    if (listedCount == listed.length) {
      listed = Arrays.copyOf(listed, 2 * listed.length);
    }
    listed[listedCount++] = slot;
  }

  @Override
  public V first() {
    write();
    return behind.first();
  }

  @Override
  public V last() {
    write();
    return behind.last();
  }

  @Override
  public void forEach(ObjLongConsumer<V> visitor) {
    write();
    behind.forEach(visitor);
  }

  /** Brings the other index up to date. */
  public void write() {
    for (int i = 0; i < listedCount; i++) {
      int slot = listed[i];
      long multiplicity = multiplicityIn(slot);
      if (multiplicity != written[slot]) {
        behind.put(valueIn(slot), multiplicity);
        written[slot] = multiplicity;
      }
      cells[2 * slot + 1] &= ~LISTED;
    }
    listedCount = 0;
  }

  /** Writes, and takes all values out of memory. */
  public void forget() {
    write();
    clear(FIRST_SLOTS);
  }

  /** How many values are in memory. */
  public int size() {
    return size;
  }

  @SuppressWarnings("unchecked") // only values are put there
  private V valueIn(int slot) {
    return hasCodes ? type.ofCode(cells[2 * slot]) : (V) values[slot];
  }

  /** The slot of a value, which is loaded if it is not there. */
  private int slotOf(V value) {
    long code = hasCodes ? type.code(value) : type.hash(value);
    int mask = written.length - 1;
    for (int slot = firstSlot(code, mask); ; slot = slot + 1 & mask) {
      if (cells[2 * slot + 1] == 0) {
        return load(value, code);
      }
      if (cells[2 * slot] == code && (hasCodes || isIn(slot, value))) {
        return slot;
      }
    }
  }

  private boolean isIn(int slot, V value) {
    return type.compare(valueIn(slot), value) == 0;
  }

  private int load(V value, long code) {
    if (size == most) {
      forget();
    } else if (3 * (size + 1) > 2 * written.length) {
      grow();
    }
    long multiplicity = behind.multiplicity(value);
    int slot = place(code, multiplicity << FLAGS | USED, multiplicity, value);
    size++;
    return slot;
  }

  private int place(long code, long cell, long known, Object value) {
    int mask = written.length - 1;
    int slot = firstSlot(code, mask);
    while (cells[2 * slot + 1] != 0) {
      slot = slot + 1 & mask;
    }
    cells[2 * slot] = code;
    cells[2 * slot + 1] = cell;
    written[slot] = known;
    if (!hasCodes) {
      values[slot] = value;
    }
    return slot;
  }

  private void grow() {
    long[] oldCells = cells;
    long[] oldWritten = written;
    Object[] oldValues = values;
    int kept = size;
    clear(2 * oldWritten.length);
    size = kept;
    for (int old = 0; old < oldWritten.length; old++) {
      long cell = oldCells[2 * old + 1];
      if (cell != 0) {
        int slot =
            place(oldCells[2 * old], cell, oldWritten[old], hasCodes ? null : oldValues[old]);
        if ((cell & LISTED) != 0) {
          list(slot);
        }
      }
    }
  }

  /** Successive numbers, as keys are, far from each other. */
  private static int firstSlot(long code, int mask) {
    return (int) (code * 0x9E3779B97F4A7C15L >>> 32) & mask;
  }
}
