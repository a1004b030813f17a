package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.app.sql.Query;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether every source transaction is in the target once, in the order of the source's commits: the
 * log of the audit, compared with the history. Those that a snapshot brought are there once, too,
 * in no order. Each check compares what is new since the one before, and that what was compared is
 * still there. Used by one thread.
 */
public final class LogCheck {
  private static final int NAMED = 10;
  private static final int FETCHED = 5_000;
  private static final String SNAPSHOT = "r";
  private static final String DELETED = "d";

  private final SourceHistory history;
  private final Anomalies anomalies;

  /** The transactions that are in the log already, by their ids, which PostgreSQL counts up. */
  private final BitSet compared = new BitSet();

  private int lastCommit;
  private long lastEvent;
  private long events;

  /** Compares with a history. */
  public LogCheck(SourceHistory history, Anomalies anomalies) {
    this.history = history;
    this.anomalies = anomalies;
    history.auditedBefore().forEach(xid -> compared.set(Math.toIntExact(xid)));
  }

  /** The last commit that was compared. */
  public int lastCommit() {
    return lastCommit;
  }

  /** The log's last event that was compared. */
  public long lastEvent() {
    return lastEvent;
  }

  /**
   * Compares, while nobody writes and everything has arrived.
   *
   * @return the number of transactions that were compared
   */
  public int check(Connection target) throws SQLException {
    int last = history.transactions();
    List<Long> expected = history.auditedAfter(lastCommit);
    List<Long> applied = new ArrayList<>();
    List<Long> again = new ArrayList<>();
    Set<Long> fromSnapshots = new HashSet<>();
    target.setAutoCommit(false); // so that rows are fetched in portions
    try (PreparedStatement query =
        target.prepareStatement(
            "SELECT xid, op, event_id FROM analytics.storm_log WHERE event_id > ? ORDER BY"
                + " event_id")) {
      requireKept(target);
      query.setLong(1, lastEvent);
      query.setFetchSize(FETCHED);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          long xid = row.getLong(1);
          events++;
          lastEvent = row.getLong(3);
          switch (row.getString(2)) {
            // a later snapshot reads again what is there already, and that is an event of the log
            case SNAPSHOT -> fromSnapshots.add(xid);
            // the storm itself deletes what was compared
            case DELETED -> requireCompared(xid);
            default -> {
              applied.add(xid);
              if (fromSnapshots.contains(xid)) {
                again.add(xid);
              }
            }
          }
        }
      }
    } finally {
      target.rollback();
      target.setAutoCommit(true);
    }
    if (!again.isEmpty()) {
      anomalies.add("twice", "applied after a snapshot that has them: " + named(again));
    }
    compare(expected, applied, fromSnapshots);
    expected.forEach(xid -> compared.set(Math.toIntExact(xid)));
    lastCommit = last;
    return expected.size();
  }

  /** What was compared must still be there, or a later check would compare less than it says. */
  private void requireKept(Connection target) throws SQLException {
    long now =
        Query.of("SELECT count(*) FROM analytics.storm_log WHERE event_id <= ?", lastEvent)
            .number(target);
    if (now != events) {
      anomalies.add(
          "lost",
          "the log had %d events up to number %d, and has %d now"
              .formatted(events, lastEvent, now));
    }
  }

  private void requireCompared(long xid) {
    if (!compared.get(Math.toIntExact(xid))) {
      anomalies.add("invented", "deleted from the audit, which nobody did: transaction " + xid);
    }
  }

  private void compare(List<Long> expected, List<Long> applied, Set<Long> fromSnapshots) {
    Set<Long> once = new HashSet<>();
    List<Long> twice =
        applied.stream()
            .filter(xid -> !once.add(xid) || compared.get(Math.toIntExact(xid)))
            .toList();
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
    List<Long> invented =
        Stream.concat(applied.stream(), fromSnapshots.stream())
            .filter(xid -> !committed.contains(xid) && !compared.get(Math.toIntExact(xid)))
            .toList();
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
