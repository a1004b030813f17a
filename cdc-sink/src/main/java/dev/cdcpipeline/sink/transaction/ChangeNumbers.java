package dev.cdcpipeline.sink.transaction;

import dev.cdcpipeline.model.event.Lsn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The changes that one transaction has in one table, by number, and the LSN of each: what tells a
 * change that is delivered again from a new one.
 *
 * <p>Debezium numbers a transaction's changes of each table from 1, in every delivery alike. Takes
 * one to two bytes for a change of a large transaction: a page whose numbers are all known is kept
 * as differences.
 */
final class ChangeNumbers {
  private static final int PAGE = 1_024;

  /** How a change relates to those that were taken before. */
  enum Known {
    /** Its number was not read yet. */
    NO,
    /** Its number was read, with the same LSN. */
    YES,
    /** Its number was read with another LSN: one of the two is not what it seems to be. */
    OTHERWISE
  }

  private final List<Page> pages = new ArrayList<>();
  private long count;
  private long highest;

  /** How many different changes were taken. */
  long count() {
    return count;
  }

  /** The highest number taken. */
  long highest() {
    return highest;
  }

  /**
   * Takes a change unless its number was taken before.
   *
   * @param number from 1 to 2147483647
   */
  Known take(long number, Lsn lsn) {
    int index = (int) (number - 1);
    while (pages.size() <= index / PAGE) {
      pages.add(new Page());
    }
    Page page = pages.get(index / PAGE);
    long known = page.get(index % PAGE);
    if (known != 0) {
      return known == lsn.value() ? Known.YES : Known.OTHERWISE;
    }
    page.set(index % PAGE, lsn.value());
    count++;
    highest = Math.max(highest, number);
    return Known.NO;
  }

  /** LSNs by number; 0, which is no LSN, where none is known. */
  private static final class Page {
    private long[] lsns = new long[4];
    private byte[] differences;
    private int known;

    long get(int index) {
      if (differences != null) {
        return decoded(index);
      }
      return index < lsns.length ? lsns[index] : 0;
    }

    void set(int index, long lsn) {
      if (index >= lsns.length) {
        lsns = Arrays.copyOf(lsns, Math.min(PAGE, Math.max(index + 1, lsns.length * 2)));
      }
      lsns[index] = lsn;
      if (++known == PAGE) {
        encode();
      }
    }

    // variable-length: seven bits a byte, the lowest first, the sign in the lowest bit
    private void encode() {
      byte[] bytes = new byte[PAGE * 10];
      int end = 0;
      long before = 0;
      for (long lsn : lsns) {
        long difference = lsn - before;
        long rest = (difference << 1) ^ (difference >> 63);
        while ((rest & ~0x7fL) != 0) {
          bytes[end++] = (byte) (rest & 0x7f | 0x80);
          rest >>>= 7;
        }
        bytes[end++] = (byte) rest;
        before = lsn;
      }
      differences = Arrays.copyOf(bytes, end);
      lsns = null;
    }

    private long decoded(int index) {
      long lsn = 0;
      int at = 0;
      for (int i = 0; i <= index; i++) {
        long rest = 0;
        int shift = 0;
        byte next;
        do {
          next = differences[at++];
          rest |= (next & 0x7fL) << shift;
          shift += 7;
        } while (next < 0);
        lsn += (rest >>> 1) ^ -(rest & 1);
      }
      return lsn;
    }
  }
}
