package dev.cdcpipeline.app.storm.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What must come before what: an append before the next one in its list, a reader after the last
 * append that it saw, and before the first that it did not see. Where that makes a circle, no order
 * of commits explains what was read.
 */
final class AppendGraph {
  private static final int NAMED = 8;

  private final Map<String, List<String>> edges = new HashMap<>();
  private final Map<String, Integer> incoming = new HashMap<>();

  /**
   * @param lists each with all its elements
   * @param reads how many elements of which lists each reader saw; of lists younger than its oldest
   *     that are not named, none
   */
  AppendGraph(Map<Integer, List<String>> lists, List<Map<Integer, Integer>> reads) {
    TreeMap<Integer, List<String>> sorted = new TreeMap<>(lists);
    for (List<String> list : sorted.values()) {
      for (int i = 1; i < list.size(); i++) {
        edge(list.get(i - 1), list.get(i));
      }
    }
    for (int i = 0; i < reads.size(); i++) {
      TreeMap<Integer, Integer> read = new TreeMap<>(reads.get(i));
      if (read.isEmpty()) {
        continue;
      }
      String reader = "read " + i;
      for (Map.Entry<Integer, List<String>> list : sorted.tailMap(read.firstKey()).entrySet()) {
        int seen = read.getOrDefault(list.getKey(), 0);
        if (seen > 0) {
          edge(list.getValue().get(seen - 1), reader);
        }
        if (seen < list.getValue().size()) {
          edge(reader, list.getValue().get(seen));
        }
      }
    }
  }

  private void edge(String from, String to) {
    edges.computeIfAbsent(from, node -> new ArrayList<>()).add(to);
    incoming.merge(to, 1, Integer::sum);
    incoming.putIfAbsent(from, 0);
  }

  /** Names a few of those that are in a circle or behind one; empty if there is none. */
  Optional<String> circle() {
    Map<String, Integer> left = new HashMap<>(incoming);
    Deque<String> free = new ArrayDeque<>();
    left.forEach(
        (node, count) -> {
          if (count == 0) {
            free.add(node);
          }
        });
    while (!free.isEmpty()) {
      String node = free.remove();
      left.remove(node);
      for (String next : edges.getOrDefault(node, List.of())) {
        if (left.merge(next, -1, Integer::sum) == 0) {
          free.add(next);
        }
      }
    }
    if (left.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "no order of commits explains what was read of %d transactions and reads: %s"
            .formatted(
                left.size(),
                left.keySet().stream().sorted().limit(NAMED).collect(Collectors.joining(", "))));
  }
}
