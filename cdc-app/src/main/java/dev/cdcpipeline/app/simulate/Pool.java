package dev.cdcpipeline.app.simulate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Rows by key, of which a random one is picked in constant time. Picking depends on the random
 * numbers and on the order of additions and removals only. Not thread-safe.
 */
final class Pool<T> {

  private static final int TRIES = 8;

  private final int capacity;
  private final List<Long> keys = new ArrayList<>();
  private final Map<Long, Integer> places = new HashMap<>();
  private final Map<Long, T> rows = new HashMap<>();

  /**
   * @param capacity how many rows are remembered; one more makes room by forgetting another
   */
  Pool(int capacity) {
    this.capacity = capacity;
  }

  void put(long key, T row) {
    if (rows.put(key, row) == null) {
      if (keys.size() == capacity) {
        // The place of the forgotten one moves through the list, so that each row has its turn.
        remove(keys.get((int) (key % capacity)));
        rows.put(key, row);
      }
      places.put(key, keys.size());
      keys.add(key);
    }
  }

  Optional<T> find(long key) {
    return Optional.ofNullable(rows.get(key));
  }

  void remove(long key) {
    rows.remove(key);
    Integer place = places.remove(key);
    if (place == null) {
      return;
    }
    Long last = keys.remove(keys.size() - 1);
    if (place < keys.size()) {
      keys.set(place, last);
      places.put(last, place);
    }
  }

  int size() {
    return keys.size();
  }

  Optional<T> pick(SplittableRandom random) {
    return keys.isEmpty()
        ? Optional.empty()
        : Optional.of(rows.get(keys.get(random.nextInt(keys.size()))));
  }

  /** A random row that is wanted, or nothing if a few tries met none. */
  Optional<T> pick(SplittableRandom random, Predicate<T> wanted) {
    for (int attempt = 0; attempt < TRIES; attempt++) {
      Optional<T> candidate = pick(random).filter(wanted);
      if (candidate.isPresent()) {
        return candidate;
      }
    }
    return Optional.empty();
  }
}
