package dev.cdcpipeline.app.storm.check;

import dev.cdcpipeline.app.sql.Query;
import dev.cdcpipeline.app.storm.check.PgOutput.Relation;
import dev.cdcpipeline.app.storm.stage.StormStack;
import dev.cdcpipeline.model.event.Lsn;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * What the source was at each commit, rebuilt from a replication slot of its own in a thread of its
 * own. Knows nothing of the pipeline. Thread-safe.
 *
 * <p>A commit costs a few numbers for each table, for its digests, until it is forgotten; the rows
 * themselves are those of the last commit alone.
 */
public final class SourceHistory implements AutoCloseable {
  private static final String SLOT = "storm_history";
  private static final String PUBLICATION = "cdc_publication";
  private static final String AUDIT = "storm_audit";
  private static final long IDLE_NANOS = 5_000_000L;
  private static final long RETRY_NANOS = 300_000_000L;

  private final StormStack stack;
  private final List<TableShape> shapes;
  private final Map<String, TableState> states = new LinkedHashMap<>();
  private final Set<Long> auditedBefore = new HashSet<>();
  private List<SourceCommit> commits = new ArrayList<>();
  private final Map<Long, Integer> numbers = new HashMap<>();
  private final Thread thread = new Thread(this::follow, "storm-history");
  private Lsn reached = new Lsn(0);
  private volatile RuntimeException failure;
  private volatile boolean closed;

  private SourceHistory(StormStack stack, List<TableShape> shapes) {
    this.stack = stack;
    this.shapes = List.copyOf(shapes);
    shapes.forEach(shape -> states.put(shape.name(), new TableState(shape)));
  }

  /** Begins with a source that nobody writes to until this returns. */
  public static SourceHistory begin(StormStack stack) throws SQLException {
    SourceHistory history;
    try (Connection source = stack.sourceAsSuperuser()) {
      history = new SourceHistory(stack, TableShape.ofPublication(source, PUBLICATION));
      Query.of("SELECT pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')").run(source);
      for (TableState state : history.states.values()) {
        Query.of(state.shape().rowsSql("public"))
            .forEach(source, row -> history.insert(state, row));
      }
    }
    history.add(0, new Lsn(0), false);
    history.thread.setDaemon(true);
    history.thread.start();
    return history;
  }

  private void insert(TableState state, ResultSet row) throws SQLException {
    String[] values = new String[state.shape().columns().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.getString(i + 1);
    }
    state.insert(values);
    if (state.shape().name().equals(AUDIT)) {
      auditedBefore.add(Long.valueOf(state.shape().keyOf(values)));
    }
  }

  List<TableShape> tables() {
    return shapes;
  }

  private synchronized void add(long xid, Lsn lsn, boolean audited) {
    long[] counts = new long[shapes.size()];
    long[] sums = new long[shapes.size()];
    int table = 0;
    for (TableState state : states.values()) {
      counts[table] = state.count();
      sums[table] = state.sum();
      table++;
    }
    int number = commits.isEmpty() ? 0 : last().number() + 1;
    numbers.put(xid, number);
    commits.add(new SourceCommit(number, xid, lsn, audited, counts, sums));
  }

  private synchronized void reached(Lsn lsn) {
    if (lsn.compareTo(reached) > 0) {
      reached = lsn;
    }
  }

  /**
   * Up to which place of the source's log everything was read.
   *
   * @throws IllegalStateException if reading has failed for good
   */
  public synchronized Lsn reached() {
    if (failure != null) {
      throw new IllegalStateException("the storm's own history failed: " + failure, failure);
    }
    return reached;
  }

  /** How many transactions have committed. */
  public synchronized int transactions() {
    return last().number();
  }

  private SourceCommit last() {
    return commits.get(commits.size() - 1);
  }

  /** Forgets all commits before one: no view is of them any more. */
  public synchronized void forgetBefore(int number) {
    int first = commits.get(0).number();
    if (number > first) {
      commits.subList(0, number - first).forEach(commit -> numbers.remove(commit.xid()));
      // a copy, because a list that is cut at its begin keeps its room
      commits = new ArrayList<>(commits.subList(number - first, commits.size()));
    }
  }

  /** The commit of a transaction; empty if it changed nothing that is published. */
  synchronized Optional<SourceCommit> of(long xid) {
    return Optional.ofNullable(numbers.get(xid))
        .map(number -> commits.get(number - commits.get(0).number()));
  }

  /** The last commit whose record is at or before a place; strictly before it if so asked. */
  synchronized SourceCommit lastUpTo(Lsn lsn, boolean strictly) {
    int low = 0;
    int high = commits.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      int order = commits.get(middle).lsn().compareTo(lsn);
      if (order < 0 || (order == 0 && !strictly)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return commits.get(low);
  }

  /** The transactions that had left a row in the audit when the history began. */
  Set<Long> auditedBefore() {
    return Set.copyOf(auditedBefore);
  }

  /** The transactions after one that have left a row in the audit, in the order of commits. */
  synchronized List<Long> auditedAfter(int number) {
    return commits.stream()
        .filter(commit -> commit.audited() && commit.number() > number)
        .map(SourceCommit::xid)
        .toList();
  }

  /** All commits at which a table had a digest, to say of which commit a wrong view is. */
  synchronized List<SourceCommit> with(int table, long count, long sum) {
    return commits.stream()
        .filter(commit -> commit.counts()[table] == count && commit.sums()[table] == sum)
        .toList();
  }

  private void follow() {
    Lsn confirmed = new Lsn(0);
    while (!closed) {
      try (Connection connection = open()) {
        confirmed = read(connection, confirmed);
      } catch (SQLException e) {
        // the source is away, or has not noticed yet that the connection before this one is gone
        LockSupport.parkNanos(RETRY_NANOS);
      } catch (RuntimeException e) {
        failure = e;
        return;
      }
    }
  }

  private Connection open() throws SQLException {
    Properties properties = new Properties();
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    PGProperty.CONNECT_TIMEOUT.set(properties, 5);
    PGProperty.SOCKET_TIMEOUT.set(properties, 90);
    return DriverManager.getConnection(stack.sourceAdminUrl(), properties);
  }

  private Lsn read(Connection connection, Lsn confirmed) throws SQLException {
    Reading reading = new Reading(confirmed);
    PgOutput output = new PgOutput(reading);
    try (PGReplicationStream stream =
        connection
            .unwrap(PGConnection.class)
            .getReplicationAPI()
            .replicationStream()
            .logical()
            .withSlotName(SLOT)
            .withStartPosition(LogSequenceNumber.valueOf(confirmed.value()))
            .withSlotOption("proto_version", 1)
            .withSlotOption("publication_names", PUBLICATION)
            .withStatusInterval(1, TimeUnit.SECONDS)
            .start()) {
      while (!closed) {
        ByteBuffer message = stream.readPending();
        if (message != null) {
          output.read(message);
        } else if (reading.isBetween()) {
          Lsn seen = new Lsn(stream.getLastReceiveLSN().asLong());
          reached(seen);
          LogSequenceNumber behind = LogSequenceNumber.valueOf(reading.end.value());
          stream.setFlushedLSN(behind);
          stream.setAppliedLSN(behind);
          LockSupport.parkNanos(IDLE_NANOS);
        } else {
          LockSupport.parkNanos(IDLE_NANOS);
        }
      }
    } catch (SQLException e) {
      if (reading.end.compareTo(confirmed) > 0) {
        return reading.end;
      }
      throw e;
    }
    return reading.end;
  }

  /** One connection's transactions; those read by the one before are passed over. */
  private final class Reading implements PgOutput.Listener {
    private final Map<Relation, int[]> places = new HashMap<>();
    private final List<Runnable> changes = new ArrayList<>();
    private Lsn end;
    private Lsn commit = new Lsn(0);
    private long xid;
    private boolean audited;
    private boolean open;

    Reading(Lsn end) {
      this.end = end;
    }

    boolean isBetween() {
      return !open;
    }

    @Override
    public void begin(Lsn at, long transaction) {
      commit = at;
      xid = transaction;
      audited = false;
      open = true;
      changes.clear();
    }

    @Override
    public void insert(Relation relation, String[] values) {
      audited |= relation.name().equals(AUDIT);
      String[] row = row(relation, values);
      changes.add(() -> state(relation).insert(row));
    }

    @Override
    public void update(Relation relation, String[] old, String[] values) {
      String[] before = old == null ? null : row(relation, old);
      String[] row = row(relation, values);
      changes.add(() -> state(relation).update(before, row));
    }

    @Override
    public void delete(Relation relation, String[] old) {
      String[] row = row(relation, old);
      changes.add(() -> state(relation).delete(row));
    }

    @Override
    public void truncate(Relation relation) {
      changes.add(() -> state(relation).truncate());
    }

    /** A transaction that a lost connection cut is sent again, so only whole ones count. */
    @Override
    public void commit(Lsn next) {
      open = false;
      if (next.compareTo(end) > 0) {
        changes.forEach(Runnable::run);
        add(xid, commit, audited);
        end = next;
      }
      changes.clear();
    }

    private TableState state(Relation relation) {
      return states.get(relation.name());
    }

    /** The columns of the beginning, wherever they are now. */
    private String[] row(Relation relation, String[] values) {
      int[] columns = places.computeIfAbsent(relation, this::placesIn);
      String[] row = new String[columns.length];
      for (int i = 0; i < columns.length; i++) {
        row[i] = values[columns[i]];
      }
      return row;
    }

    private int[] placesIn(Relation relation) {
      return state(relation).shape().columns().stream()
          .mapToInt(relation.columns()::indexOf)
          .toArray();
    }
  }

  /** Stops reading. */
  @Override
  public void close() {
    closed = true;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
