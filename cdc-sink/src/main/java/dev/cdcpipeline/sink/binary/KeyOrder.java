package dev.cdcpipeline.sink.binary;

import java.util.Arrays;

/** Sorts changes by the bytes of their keys: a merge sort that is quick where they come sorted. */
final class KeyOrder {
  private static final int LENGTH_PREFIX = 4;
  private final byte[] keys;
  private final int[] ends;

  KeyOrder(byte[] keys, int[] ends) {
    this.keys = keys;
    this.ends = ends;
  }

  void sort(int[] changes) {
    if (!isSorted(changes)) {
      long[] prefixes = new long[changes.length];
      int[] places = new int[changes.length];
      for (int i = 0; i < changes.length; i++) {
        prefixes[i] = prefix(changes[i]);
        places[i] = i;
      }
      int[] unsorted = changes.clone();
      merge(places, new int[places.length], 0, places.length, prefixes, unsorted);
      for (int i = 0; i < places.length; i++) {
        changes[i] = unsorted[places[i]];
      }
    }
  }

  private boolean isSorted(int[] changes) {
    for (int i = 1; i < changes.length; i++) {
      if (compareKeys(changes[i - 1], changes[i]) > 0) {
        return false;
      }
    }
    return true;
  }

  private void merge(
      int[] places, int[] scratch, int from, int to, long[] prefixes, int[] changes) {
    if (to - from < 2) {
      return;
    }
    int middle = (from + to) >>> 1;
    merge(places, scratch, from, middle, prefixes, changes);
    merge(places, scratch, middle, to, prefixes, changes);
    if (compare(places[middle - 1], places[middle], prefixes, changes) <= 0) {
      return;
    }
    System.arraycopy(places, from, scratch, from, middle - from);
    int left = from;
    int right = middle;
    int at = from;
    while (left < middle) {
      if (right < to && compare(scratch[left], places[right], prefixes, changes) > 0) {
        places[at++] = places[right++];
      } else {
        places[at++] = scratch[left++];
      }
    }
  }

  private int compare(int one, int other, long[] prefixes, int[] changes) {
    int byPrefix = Long.compareUnsigned(prefixes[one], prefixes[other]);
    return byPrefix != 0 ? byPrefix : compareKeys(changes[one], changes[other]);
  }

  private int compareKeys(int one, int other) {
    int a = start(one);
    int b = start(other);
    // without the first field's length, as in the prefix; two keys that differ there alone differ
    int byBytes =
        Arrays.compareUnsigned(
            keys, a + LENGTH_PREFIX, ends[one], keys, b + LENGTH_PREFIX, ends[other]);
    return byBytes != 0
        ? byBytes
        : Arrays.compareUnsigned(keys, a, ends[one], keys, b, ends[other]);
  }

  // the first bytes of the first field
  private long prefix(int change) {
    long prefix = 0;
    int from = start(change) + LENGTH_PREFIX;
    int to = Math.min(from + Long.BYTES, ends[change]);
    for (int i = from; i < to; i++) {
      prefix = prefix << 8 | (keys[i] & 0xFF);
    }
    return prefix << (Long.BYTES - Math.max(0, to - from)) * 8 * (to > from ? 1 : 0);
  }

  private int start(int change) {
    return change == 0 ? 0 : ends[change - 1];
  }
}
