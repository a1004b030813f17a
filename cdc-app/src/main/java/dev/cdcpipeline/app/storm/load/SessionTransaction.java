package dev.cdcpipeline.app.storm.load;

import dev.cdcpipeline.app.sql.Query;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.postgresql.PGConnection;

/** A transaction that a session has open: what it may do, and to which lists it has appended. */
final class SessionTransaction {
  private static final long IDS_PER_SESSION = 1_000_000_000L;
  private static final int NOTE_EVERY = 8;
  private static final String LONG_NOTE =
      "(SELECT string_agg(md5(%s || k::text), '') FROM generate_series(1, 90) k)";

  private final Connection connection;
  private final RandomGenerator random;
  private final int session;
  private final String name;
  private final StormLists stormLists;
  private final Set<Integer> lists = new TreeSet<>();
  private boolean large;

  /**
   * @param name which it appends to lists, unlike any other
   */
  SessionTransaction(
      Connection connection,
      RandomGenerator random,
      int session,
      String name,
      StormLists stormLists) {
    this.connection = connection;
    this.random = random;
    this.session = session;
    this.name = name;
    this.stormLists = stormLists;
  }

  RandomGenerator random() {
    return random;
  }

  int session() {
    return session;
  }

  String name() {
    return name;
  }

  /** The lists to which it has appended for good. */
  Set<Integer> lists() {
    return lists;
  }

  /** Runs statements as they are. */
  void execute(String sql) throws SQLException {
    Query.of(sql).run(connection);
  }

  /** Whether a query has a row. */
  boolean isThere(String sql) throws SQLException {
    return Query.of(sql).hasRow(connection);
  }

  /** Runs one statement. */
  void update(String sql, Object... parameters) throws SQLException {
    Query.of(sql, parameters).run(connection);
  }

  /** Appends its name to one list or two, whose locks it holds from now on; so better late. */
  void append() throws SQLException {
    int count = 1 + random.nextInt(2);
    Set<Integer> chosen = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      chosen.add(stormLists.any(random));
    }
    // in one order, so that sessions wait for each other and never deadlock
    for (int list : chosen) {
      if (lists.add(list)) {
        update(
            "INSERT INTO storm_lists VALUES (?, ?) ON CONFLICT (list_id) DO UPDATE SET elements ="
                + " storm_lists.elements || ' ' || EXCLUDED.elements",
            list,
            name);
        stormLists.grown(list);
      }
    }
  }

  /** A key that no row has had yet. */
  long newId() {
    return session * IDS_PER_SESSION + stormLists.next();
  }

  /** The key of a session's row that the source itself makes, by its number. */
  static long quickId(int session, long number) {
    return session * IDS_PER_SESSION + IDS_PER_SESSION / 2 + number;
  }

  /** Inserts a few rows by one statement. */
  void insert(int count) throws SQLException {
    for (int i = 0; i < count; i++) {
      update(
          "INSERT INTO storm_rows (id, session, value, amount, note) VALUES (?, ?, ?, ?::numeric /"
              + " 100, "
              + (random.nextInt(NOTE_EVERY) == 0 ? LONG_NOTE.formatted("?::text") : "?::text")
              + ")",
          newId(),
          session,
          random.nextInt(1_000),
          random.nextInt(10_000_000),
          Integer.toString(random.nextInt()));
    }
  }

  /** Changes some rows of its own, or of anybody where nobody holds them. */
  void change(int count) throws SQLException {
    boolean anybody = random.nextInt(4) == 0;
    update(
        "UPDATE storm_rows SET value = (value + ?) % 1000, amount = amount + 0.01, changed ="
            + " clock_timestamp() WHERE id IN (SELECT id FROM storm_rows WHERE session = ? ORDER BY"
            + " changed DESC OFFSET ? LIMIT ? FOR UPDATE SKIP LOCKED)",
        1 + random.nextInt(999),
        anybody ? 1 + random.nextInt(Sessions.COUNT) : session,
        random.nextInt(60),
        count);
  }

  /** Gives some rows another note, which PostgreSQL stores apart. */
  void annotate(int count) throws SQLException {
    update(
        "UPDATE storm_rows SET note = "
            + LONG_NOTE.formatted("?::text")
            + " WHERE id IN (SELECT id FROM storm_rows WHERE session = ? ORDER BY changed DESC"
            + " OFFSET ? LIMIT ? FOR UPDATE SKIP LOCKED)",
        Integer.toString(random.nextInt()),
        session,
        random.nextInt(60),
        count);
  }

  /** Gives one row of its own another key. */
  void changeKey() throws SQLException {
    update(
        "UPDATE storm_rows SET id = ? WHERE id = (SELECT id FROM storm_rows WHERE session = ? ORDER"
            + " BY changed DESC OFFSET ? LIMIT 1 FOR UPDATE SKIP LOCKED)",
        newId(),
        session,
        random.nextInt(40));
  }

  /** Lets two rows of its own change their keys with each other. */
  void swapKeys() throws SQLException {
    long between = newId();
    long one = newId();
    long other = newId();
    update(
        "INSERT INTO storm_rows (id, session, value, note) VALUES (?, ?, 1, 'one'), (?, ?, 2,"
            + " 'other') ON CONFLICT DO NOTHING",
        one,
        session,
        other,
        session);
    update("UPDATE storm_rows SET id = ? WHERE id = ?", between, one);
    update("UPDATE storm_rows SET id = ? WHERE id = ?", one, other);
    update("UPDATE storm_rows SET id = ? WHERE id = ?", other, between);
  }

  /** Deletes old rows of its own, so that the table stays small. */
  void deleteOld(int kept) throws SQLException {
    update(
        "DELETE FROM storm_rows WHERE id IN (SELECT id FROM storm_rows WHERE session = ? ORDER BY"
            + " changed DESC OFFSET ? FOR UPDATE SKIP LOCKED)",
        session,
        kept);
  }

  /** Whether it has more rows than the sink holds in memory. */
  boolean isLarge() {
    return large;
  }

  /** Writes rows by COPY. */
  void copy(int count) throws SQLException {
    large |= count >= Works.LARGE_LEAST;
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < count; i++) {
      rows.append(newId())
          .append('\t')
          .append(session)
          .append('\t')
          .append(random.nextInt(1_000))
          .append("\t1.50\tcopied ")
          .append(i)
          .append('\n');
    }
    try {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "COPY storm_rows (id, session, value, amount, note) FROM STDIN",
              new StringReader(rows.toString()));
    } catch (IOException e) {
      throw new SQLException("COPY was cut: " + e, "08006", e);
    }
  }

  /** Does nothing for a while, with all its locks. */
  void pause(Duration atMost) {
    LockSupport.parkNanos((long) (atMost.toNanos() * random.nextDouble()));
  }
}
