package dev.cdcpipeline.app.storm.check;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether every source transaction is in the target once, in the order of the source's commits: the
 * log of the audit, compared with the history. Those that a snapshot brought are there once, too,
 * in no order.
 */
public final class LogCheck {
  private static final int NAMED = 10;
  private static final String SNAPSHOT = "r";

  private final SourceHistory history;
  private final Anomalies anomalies;

  /** Compares with a history. */
  public LogCheck(SourceHistory history, Anomalies anomalies) {
    this.history = history;
    this.anomalies = anomalies;
  }

  /**
   * Compares, while nobody writes and everything has arrived.
   *
   * @return the number of transactions that were compared
   */
  public int check(Connection target) throws SQLException {
    List<Long> expected = history.audited();
    List<Long> applied = new ArrayList<>();
    List<Long> again = new ArrayList<>();
    Set<Long> fromSnapshots = new HashSet<>();
    try (Statement statement = target.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT xid, op FROM analytics.storm_log ORDER BY event_id")) {
      while (row.next()) {
        long xid = row.getLong(1);
        if (row.getString(2).equals(SNAPSHOT)) {
          // a later snapshot reads again what is there already, and that is an event of the log
          fromSnapshots.add(xid);
        } else {
          applied.add(xid);
          if (fromSnapshots.contains(xid)) {
            again.add(xid);
          }
        }
      }
    }
    if (!again.isEmpty()) {
      anomalies.add("twice", "applied after a snapshot that has them: " + named(again));
    }
    compare(expected, applied, fromSnapshots);
    return expected.size();
  }

  private void compare(List<Long> expected, List<Long> applied, Set<Long> fromSnapshots) {
    Set<Long> once = new HashSet<>();
    List<Long> twice = applied.stream().filter(xid -> !once.add(xid)).toList();
    if (!twice.isEmpty()) {
      anomalies.add("twice", "applied more than once: " + named(twice));
    }
    List<Long> missing =
        expected.stream()
            .filter(xid -> !once.contains(xid) && !fromSnapshots.contains(xid))
            .toList();
    if (!missing.isEmpty()) {
      anomalies.add("lost", "transactions that are not in the target: " + named(missing));
    }
    Set<Long> committed = new HashSet<>(expected);
    List<Long> invented = applied.stream().filter(xid -> !committed.contains(xid)).toList();
    if (!invented.isEmpty()) {
      anomalies.add(
          "invented", "transactions that the source has not committed: " + named(invented));
    }
    compareOrder(expected, applied);
  }

  private void compareOrder(List<Long> expected, List<Long> applied) {
    Map<Long, Integer> places = new HashMap<>();
    expected.forEach(xid -> places.put(xid, places.size()));
    int last = -1;
    for (Long xid : applied) {
      int place = places.getOrDefault(xid, last);
      if (place < last) {
        anomalies.add(
            "order",
            "transaction %d, number %d at the source, was applied after number %d"
                .formatted(xid, place, last));
        return;
      }
      last = place;
    }
  }

  private static String named(List<Long> transactions) {
    return transactions.size()
        + " ("
        + transactions.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "))
        + (transactions.size() > NAMED ? ", …" : "")
        + ")";
  }
}
