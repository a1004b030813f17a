package dev.cdcpipeline.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cdcpipeline.debezium.SimulatedSource.Change;
import dev.cdcpipeline.debezium.SimulatedSource.Entry;
import dev.cdcpipeline.debezium.SimulatedSource.Message;
import dev.cdcpipeline.debezium.SimulatedSource.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

/**
 * Histories of a write-ahead log, of a connector that is killed again and again, and of a Kafka
 * that keeps what was committed with its offset: every transaction arrives whole and once.
 */
class RestartModelTest {
  private static final int HISTORIES = Integer.getInteger("restart.histories", 100_000);

  @Test
  void everyTransactionArrivesWholeAndOnceInRandomHistories() {
    long first = Long.getLong("restart.seed", 1L);
    for (long seed = first; seed < first + HISTORIES; seed++) {
      History history = new History(new Random(seed), Start.values()[(int) (seed % 3)]);
      history.run();
      history.check("seed " + seed);
    }
  }

  /** All orders of the steps of three sessions with savepoints, the kill at each place. */
  @Test
  void everyTransactionArrivesInAllInterleavingsOfThreeSessions() {
    int[] steps = {3, 4, 3};
    List<int[]> orders = new ArrayList<>();
    interleave(steps, new int[] {0, 0, 0}, new int[10], 0, orders);
    assertThat(orders).hasSize(4200);
    for (int[] order : orders) {
      for (int kill = 0; kill <= order.length; kill++) {
        Interleaving interleaving = new Interleaving();
        interleaving.run(order, kill);
        interleaving.kafka.check(interleaving.source, 0, "order with a kill at " + kill);
      }
    }
  }

  /** The model finds what it is for: Debezium's own offsets lose changes in it. */
  @Test
  void aSearchForTheStoredEventLosesChanges() {
    assertThatThrownBy(
            () -> {
              for (long seed = 1; seed < 2_000; seed++) {
                History history = new History(new Random(seed), Start.EMPTY);
                history.connectorFilters = true;
                history.run();
                history.check("seed " + seed);
              }
            })
        .isInstanceOf(AssertionError.class);
  }

  private static void interleave(int[] steps, int[] done, int[] order, int at, List<int[]> orders) {
    if (at == order.length) {
      orders.add(order.clone());
      return;
    }
    for (int session = 0; session < steps.length; session++) {
      if (done[session] < steps[session]) {
        done[session]++;
        order[at] = session;
        interleave(steps, done, order, at + 1, orders);
        done[session]--;
      }
    }
  }

  /**
   * Three sessions: insert, insert, commit; insert, savepoint and insert, rollback to it, commit.
   */
  private static final class Interleaving {
    private final SimulatedSource source = new SimulatedSource();
    private final Kafka kafka = new Kafka();
    private final int[] done = new int[3];

    void run(int[] order, int kill) {
      long slot = source.end();
      for (int i = 0; i < order.length; i++) {
        if (i == kill) {
          kafka.deliver(source, slot, Integer.MAX_VALUE, 100, new Random(kill));
        }
        step(order[i]);
      }
      kafka.deliver(source, slot, Integer.MAX_VALUE, 100, new Random(kill));
      kafka.deliver(source, slot, Integer.MAX_VALUE, 100, new Random(kill));
    }

    private void step(int session) {
      long xid = 700L + session;
      int step = done[session]++;
      boolean withSavepoint = session == 1;
      if (step == (withSavepoint ? 3 : 2)) {
        source.commit(xid);
      } else if (withSavepoint && step == 2) {
        source.rollbackTo(xid, 1);
      } else {
        source.write(xid, 1, false);
      }
    }
  }

  /** How a history begins. */
  private enum Start {
    /** The slot is there and nothing was delivered. */
    EMPTY,
    /** With an initial snapshot that may be killed. */
    SNAPSHOT,
    /** With an offset within a transaction, as Debezium's own connector stores it. */
    OLD_OFFSET
  }

  private static final class History {
    private final Random random;
    private final Start start;
    private final SimulatedSource source = new SimulatedSource();
    private final Kafka kafka = new Kafka();
    private long nextXid = 700;
    private final List<Long> sessions = new ArrayList<>();
    private final Map<Long, Integer> savepoints = new HashMap<>();
    private long slot;
    private long covered;
    private boolean connectorFilters;

    History(Random random, Start start) {
      this.random = random;
      this.start = start;
    }

    void run() {
      slot = source.end();
      write(10);
      switch (start) {
        case EMPTY -> {}
        case SNAPSHOT -> snapshot();
        case OLD_OFFSET -> kafka.deliverAsDebezium(source, slot, random);
      }
      int kills = random.nextInt(4);
      for (int i = 0; i < kills; i++) {
        write(12);
        deliver(false);
      }
      write(12);
      for (long xid : List.copyOf(sessions)) {
        source.commit(xid);
      }
      sessions.clear();
      deliver(true);
    }

    void check(String about) {
      kafka.check(source, covered, about);
    }

    private void deliver(boolean toTheEnd) {
      int records = toTheEnd ? Integer.MAX_VALUE : random.nextInt(40);
      kafka.filters = connectorFilters;
      kafka.deliver(
          source, slot, records, random.nextInt(10) == 0 ? 3 : 1 + random.nextInt(30), random);
    }

    /** Attempts at a snapshot, each on a new slot, until one is complete. */
    private void snapshot() {
      while (true) {
        slot = source.end();
        covered = source.end();
        List<SourceRecord> rows = source.snapshot(1 + random.nextInt(4));
        boolean killed = random.nextBoolean();
        if (kafka.deliverSnapshot(rows, killed ? random.nextInt(rows.size()) : rows.size())) {
          return;
        }
        write(4);
      }
    }

    private void write(int most) {
      int steps = random.nextInt(most);
      for (int i = 0; i < steps; i++) {
        if (sessions.isEmpty() || (sessions.size() < 4 && random.nextInt(3) == 0)) {
          sessions.add(nextXid++);
        }
        long xid = sessions.get(random.nextInt(sessions.size()));
        switch (random.nextInt(9)) {
          case 0, 1 -> {
            source.commit(xid);
            sessions.remove(xid);
          }
          case 2 -> savepoints.put(xid, source.written(xid));
          case 3 -> {
            if (savepoints.containsKey(xid) && source.isOpen(xid)) {
              source.rollbackTo(xid, savepoints.get(xid));
            }
          }
          case 4 -> source.write(xid, 1 + random.nextInt(6), false);
          case 5 -> source.write(xid, 2, true);
          case 6 -> {
            if (random.nextInt(4) == 0) {
              source.message();
            }
          }
          default -> source.write(xid, 1, false);
        }
      }
    }
  }

  /** What a consumer that reads committed records sees, and the offset committed with it. */
  private static final class Kafka {
    private final List<SourceRecord> committed = new ArrayList<>();
    private Map<String, Object> offset;
    private long snapshot;
    private boolean filters;
    private boolean afterDebezium;

    /** One life of the connector: so many records are polled, then it is killed. */
    void deliver(SimulatedSource source, long slot, int records, int part, Random random) {
      Map<String, Object> start = RestartOffset.toStartFrom(offset);
      List<SourceRecord> queue = source.stream(start, slot);
      if (filters) {
        queue = behindLsn(queue, offset);
      }
      TransactionBoundaries boundaries = new TransactionBoundaries(start, part, Long.MAX_VALUE);
      int end = Math.min(records, queue.size());
      for (int at = 0; at < end; ) {
        int to = Math.min(end, at + 1 + random.nextInt(9));
        List<SourceRecord> ready = boundaries.of(queue.subList(at, to));
        at = to;
        boolean killed = to == end && end < queue.size() && random.nextBoolean();
        if (!ready.isEmpty() && !killed) {
          commit(ready);
        }
      }
    }

    /** Debezium 3.6: the place of the stored event is found by its LSN alone. */
    private static List<SourceRecord> behindLsn(
        List<SourceRecord> queue, Map<String, Object> offset) {
      if (offset == null) {
        return queue;
      }
      for (int i = 0; i < queue.size(); i++) {
        if (Objects.equals(RowSize.lsn(queue.get(i)), offset.get("lsn"))) {
          return queue.subList(i, queue.size());
        }
      }
      return queue;
    }

    /** A life of Debezium's own connector, killed anywhere, which loses nothing before it. */
    void deliverAsDebezium(SimulatedSource source, long slot, Random random) {
      List<SourceRecord> queue = source.stream(null, slot);
      afterDebezium = true;
      int end = queue.isEmpty() ? 0 : random.nextInt(queue.size() + 1);
      // the version before held back a BEGIN, whose offset has the LSN of the commit, and lost an
      // END behind a heartbeat that had its offset, which its sink refused
      while (end > 0 && isUnsafeInDebezium(queue.get(end - 1))) {
        end--;
      }
      if (end > 0) {
        commit(queue.subList(0, end));
      }
    }

    private static boolean isUnsafeInDebezium(SourceRecord record) {
      Object type = record.sourceOffset().get("messageType");
      boolean marker =
          record.valueSchema() != null && record.valueSchema().name().endsWith("MetadataValue");
      return type.equals("BEGIN") || (type.equals("COMMIT") && !marker);
    }

    /** Whether the snapshot was stored to its end. */
    boolean deliverSnapshot(List<SourceRecord> rows, int until) {
      TransactionBoundaries boundaries = new TransactionBoundaries(offset, 10, Long.MAX_VALUE);
      List<SourceRecord> ready = boundaries.of(rows.subList(0, until));
      if (!ready.isEmpty()) {
        commit(ready);
      }
      boolean again = offset == null || RestartOffset.isInInitialSnapshot(offset);
      if (!again) {
        snapshot = RestartOffset.lsn(offset);
      }
      return !again;
    }

    @SuppressWarnings("unchecked")
    private void commit(List<SourceRecord> records) {
      committed.addAll(records);
      offset = (Map<String, Object>) records.get(records.size() - 1).sourceOffset();
    }

    /** What was delivered against what was committed at the source after a snapshot's position. */
    void check(SimulatedSource source, long covered, String about) {
      assertThat(snapshot).as("%s: position of the snapshot", about).isEqualTo(covered);
      List<String> expected = new ArrayList<>();
      for (Entry entry : source.log()) {
        if (entry.start() >= covered) {
          expected.add(text(entry));
        }
      }
      assertThat(applied(about)).as("%s: transactions, in commit order", about).isEqualTo(expected);
    }

    /** Applies like a sink: by transaction, a change once by its place in it. */
    private List<String> applied(String about) {
      List<String> applied = new ArrayList<>();
      Map<Long, TreeMap<Long, Long>> open = new HashMap<>();
      Set<String> ended = new HashSet<>();
      for (SourceRecord record : committed) {
        if (!(record.value() instanceof Struct value)) {
          continue;
        }
        if (value.schema().field("status") != null) {
          if (value.getString("status").equals("END")) {
            String id = value.getString("id");
            assertThat(ended.add(id)).as("%s: END of %s comes once", about, id).isTrue();
            long xid = Long.parseLong(id.substring(0, id.indexOf(':')));
            TreeMap<Long, Long> changes = open.remove(xid);
            applied.add(xid + "" + changes.values());
          }
        } else if (value.schema().field("op") != null && value.getString("op").equals("c")) {
          Long before =
              open.computeIfAbsent(value.getInt64("xid"), xid -> new TreeMap<>())
                  .put(value.getInt64("total_order"), value.getInt64("event"));
          assertThat(before)
              .as("%s: what is redelivered is the same", about)
              .isIn(null, value.getInt64("event"));
        } else if (value.schema().field("op") != null && value.getString("op").equals("m")) {
          String message = "message " + value.getInt64("event");
          // with an old offset one message may come again
          if (!afterDebezium || !applied.contains(message)) {
            applied.add(message);
          }
        }
      }
      return applied;
    }

    private static String text(Entry entry) {
      if (entry instanceof Transaction transaction) {
        return transaction.xid() + "" + transaction.changes().stream().map(Change::event).toList();
      }
      return "message " + ((Message) entry).event();
    }
  }
}
