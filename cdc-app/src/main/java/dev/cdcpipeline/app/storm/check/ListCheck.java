package dev.cdcpipeline.app.storm.check;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A checker of lists to which transactions append their names, after the manner of Elle: it knows
 * what clients did and what readers saw, and nothing of logs or positions. Thread-safe.
 *
 * <p>Every read must be a prefix of the list; no append that was committed may be missing or there
 * twice, none that was rolled back may be there; and what transactions and reads say of one another
 * (what follows what, who saw whom, who did not yet see whom) must have no circle.
 */
public final class ListCheck {
  private static final int NAMED = 5;

  private final Anomalies anomalies;
  private final Map<String, Append> appends = new ConcurrentHashMap<>();
  private final Map<Integer, List<String>> longest = new TreeMap<>();
  private final List<Map<Integer, Integer>> reads = new ArrayList<>();

  /** What a client knows of its transaction. */
  public enum Outcome {
    /** The server has said that it is committed. */
    COMMITTED,
    /** It was rolled back. */
    ABORTED,
    /** The connection was lost at its commit: it may be either. */
    UNKNOWN
  }

  private record Append(Collection<Integer> lists, Outcome outcome) {}

  /** Tells what is wrong to a collector. */
  public ListCheck(Anomalies anomalies) {
    this.anomalies = anomalies;
  }

  /**
   * A transaction has ended.
   *
   * @param name which it appends, unlike any other
   * @param lists to which it has appended
   */
  public void appended(String name, Collection<Integer> lists, Outcome outcome) {
    if (!lists.isEmpty()) {
      appends.put(name, new Append(List.copyOf(lists), outcome));
    }
  }

  /**
   * Some lists as one transaction of a reader saw them: the youngest, all that are younger than the
   * oldest of them.
   */
  synchronized void read(Map<Integer, String> lists) {
    Map<Integer, Integer> lengths = new TreeMap<>();
    for (Map.Entry<Integer, String> list : lists.entrySet()) {
      List<String> seen = List.of(list.getValue().split(" "));
      lengths.put(list.getKey(), seen.size());
      List<String> known = longest.getOrDefault(list.getKey(), List.of());
      boolean grown = seen.size() > known.size();
      List<String> prefix = grown ? known : seen;
      List<String> whole = grown ? seen : known;
      if (!whole.subList(0, prefix.size()).equals(prefix)) {
        anomalies.add(
            "prefix",
            "two reads of list %d are no prefix of each other: …%s and …%s"
                .formatted(list.getKey(), tail(prefix), tail(whole.subList(0, prefix.size()))));
        return;
      }
      longest.put(list.getKey(), whole);
    }
    reads.add(lengths);
  }

  /**
   * Judges all reads so far and forgets them, and the lists that are gone.
   *
   * @param last every list, read when everything has arrived
   */
  public synchronized void judge(Map<Integer, String> last) {
    read(last);
    Set<String> there = new HashSet<>();
    last.forEach(
        (list, elements) -> {
          Set<String> inList = new HashSet<>();
          for (String element : elements.split(" ")) {
            if (!inList.add(element)) {
              anomalies.add("twice", "list %d has %s twice".formatted(list, element));
            }
            there.add(place(list, element));
          }
        });
    appends.forEach((name, append) -> judge(name, append, there));
    new AppendGraph(longest, reads).circle().ifPresent(found -> anomalies.add("circle", found));
    reads.clear();
    // what was judged is settled, so that a long storm does not grow
    appends.clear();
    longest.keySet().retainAll(last.keySet());
  }

  private void judge(String name, Append append, Set<String> there) {
    long present =
        append.lists().stream().filter(list -> there.contains(place(list, name))).count();
    boolean all = present == append.lists().size();
    switch (append.outcome()) {
      case COMMITTED -> {
        if (!all) {
          anomalies.add(
              "lost",
              "committed append %s is in %d of its lists %s"
                  .formatted(name, present, append.lists()));
        }
      }
      case ABORTED -> {
        if (present > 0) {
          anomalies.add(
              "invented", "rolled back append %s is in lists %s".formatted(name, append.lists()));
        }
      }
      case UNKNOWN -> {
        if (present > 0 && !all) {
          anomalies.add(
              "torn",
              "append %s is in %d of its lists %s".formatted(name, present, append.lists()));
        }
      }
    }
  }

  private static String place(int list, String name) {
    return list + " " + name;
  }

  private static List<String> tail(List<String> elements) {
    return elements.subList(Math.max(0, elements.size() - NAMED), elements.size());
  }
}
