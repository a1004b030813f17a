package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Lsn;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the bank's source was at each commit: an audit of all changes by row triggers, put into the
 * order of commits by a replication slot of its own. Knows nothing of the pipeline.
 */
final class BankHistory {
  private static final String SLOT = "bank_history";
  private static final int LARGE = 5_000;

  private final Map<Long, String> beginning = new TreeMap<>();

  /**
   * A change as the source's trigger saw it.
   *
   * @param oldId null for an insert
   * @param newId null for a delete
   */
  private record Change(Long oldId, Long newId, String newRow) {}

  /** A commit that changed accounts. */
  private record Commit(long transaction, Lsn lsn) {}

  /**
   * What a reader saw in one transaction.
   *
   * @param transaction id of the source transaction that {@code cdc.position} names; 0 if a
   *     snapshot
   * @param rows the mirror, in order of keys; of a large one its digest
   * @param logged rows of the log
   */
  record View(long transaction, Lsn lsn, List<String> rows, long logged) {}

  /** Begins before anything is written. */
  BankHistory(Connection source) throws SQLException {
    try (Statement statement = source.createStatement()) {
      statement.execute("SELECT pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')");
      try (ResultSet rows =
          statement.executeQuery("SELECT account_id, " + row() + " FROM accounts")) {
        while (rows.next()) {
          beginning.put(rows.getLong(1), rows.getString(2));
        }
      }
    }
  }

  private static String row() {
    return "concat_ws('|', account_id, branch, holder, balance, md5(note))";
  }

  /** Reads position, mirror and log in one transaction; null as long as there is no position. */
  static View look(Connection target) throws SQLException {
    try (Statement statement = target.createStatement()) {
      long transaction;
      Lsn lsn;
      try (ResultSet row =
          statement.executeQuery(
              "SELECT transaction_id, commit_lsn FROM cdc.position WHERE commit_lsn IS NOT NULL")) {
        if (!row.next()) {
          return null;
        }
        transaction = row.getLong(1);
        lsn = Lsn.parse(row.getString(2));
      }
      List<String> seen = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery("SELECT " + row() + " FROM accounts ORDER BY account_id")) {
        while (rows.next()) {
          seen.add(rows.getString(1));
        }
      }
      try (ResultSet row = statement.executeQuery("SELECT count(*) FROM account_events")) {
        row.next();
        return new View(transaction, lsn, compact(seen), row.getLong(1));
      }
    }
  }

  /**
   * Compares what readers saw with the source as of the commits that they were told.
   *
   * @return how many different commits were seen
   */
  int verify(Connection source, List<View> views) throws SQLException {
    List<Commit> commits = commits(source);
    Map<Long, List<Change>> changes = changes(source);
    Map<Long, Integer> places = new HashMap<>();
    for (int i = 0; i < commits.size(); i++) {
      places.put(commits.get(i).transaction(), i + 1);
    }
    Map<View, Integer> seen = new HashMap<>();
    for (View view : views) {
      seen.put(view, place(view, commits, places));
    }
    List<View> ordered = new ArrayList<>(views);
    ordered.sort(Comparator.comparing(seen::get));

    Map<Long, String> state = new TreeMap<>(beginning);
    long logged = 0;
    boolean first = true;
    int at = 0;
    for (View view : ordered) {
      for (; at < seen.get(view); at++) {
        for (Change change : changes.get(commits.get(at).transaction())) {
          logged += apply(change, state);
        }
      }
      if (first) {
        // the log began with a row for each account of the snapshot, whenever that was
        logged = view.logged();
        first = false;
      }
      assertThat(view.rows())
          .as("mirror at commit %s of source transaction %d", view.lsn(), view.transaction())
          .isEqualTo(compact(List.copyOf(state.values())));
      assertThat(view.logged()).as("rows of the log at commit %s", view.lsn()).isEqualTo(logged);
    }
    return (int) seen.values().stream().distinct().count();
  }

  private static List<String> compact(List<String> rows) {
    if (rows.size() <= LARGE) {
      return rows;
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      rows.forEach(row -> digest.update(row.getBytes(StandardCharsets.UTF_8)));
      return List.of(rows.size() + " rows", HexFormat.of().formatHex(digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static int place(View view, List<Commit> commits, Map<Long, Integer> places) {
    if (view.transaction() == 0) {
      return (int) commits.stream().filter(c -> c.lsn().compareTo(view.lsn()) < 0).count();
    }
    Integer place = places.get(view.transaction());
    if (place != null) {
      return place;
    }
    // a transaction that changed no account
    return (int) commits.stream().filter(c -> c.lsn().compareTo(view.lsn()) <= 0).count();
  }

  /** Returns the rows that the change makes in a log. */
  private static int apply(Change change, Map<Long, String> state) {
    if (change.oldId() != null) {
      assertThat(state.remove(change.oldId())).as("the audit's own order").isNotNull();
    }
    if (change.newId() != null) {
      state.put(change.newId(), change.newRow());
    }
    boolean keyChanged =
        change.oldId() != null && change.newId() != null && !change.oldId().equals(change.newId());
    return keyChanged ? 2 : 1;
  }

  private static List<Commit> commits(Connection source) throws SQLException {
    // BEGIN as pgoutput writes it: 'B', the LSN of the commit, its time, the transaction's id
    String sql =
        "SELECT xid::text::bigint, '0/0'::pg_lsn + ('x' || encode(substring(data FROM 2 FOR 8),"
            + " 'hex'))::bit(64)::bigint FROM pg_logical_slot_peek_binary_changes('"
            + SLOT
            + "', NULL, NULL, 'proto_version', '1', 'publication_names', 'bank_publication')"
            + " WHERE get_byte(data, 0) = ascii('B')";
    List<Commit> commits = new ArrayList<>();
    try (Statement statement = source.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        commits.add(new Commit(rows.getLong(1), Lsn.parse(rows.getString(2))));
      }
    }
    return commits;
  }

  private static Map<Long, List<Change>> changes(Connection source) throws SQLException {
    Map<Long, List<Change>> changes = new HashMap<>();
    try (Statement statement = source.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT xid, old_id, new_id, new_row FROM audit ORDER BY seq")) {
      while (rows.next()) {
        changes
            .computeIfAbsent(rows.getLong(1), xid -> new ArrayList<>())
            .add(
                new Change(
                    rows.getObject(2, Long.class),
                    rows.getObject(3, Long.class),
                    rows.getString(4)));
      }
    }
    return changes;
  }
}
