package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.reconcile.OneView;
import dev.cdcpipeline.app.stack.EmbeddedStack;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.sink.result.ResultFile;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Eight writers move money between a thousand accounts while readers look at the target: whatever
 * they see, from before the snapshot on and whoever is killed, is the source as of one commit.
 *
 * <p>In the end many accounts are opened in one transaction, which is larger than the sink holds in
 * memory.
 *
 * <p>{@code -Dtransfers.reads=100000} reads longer, {@code -Dtransfers.accounts=1000000} makes the
 * last transaction larger, {@code -Dtransfers.seed=N} repeats the writers' choices.
 */
@ExtendWith(SharedStack.class)
class TransfersIT {
  private static final long READS = Long.getLong("transfers.reads", 10_000);
  private static final long SEED = Long.getLong("transfers.seed", System.nanoTime() % 1_000_000);
  private static final int ACCOUNTS = Integer.getInteger("transfers.accounts", 50_000);
  private static final Duration PATIENCE = Duration.ofMinutes(3).plusMillis(ACCOUNTS);
  private static final int READERS = 3;

  /** In one statement: four totals, and the groups that are not what the mirror gives. */
  private static final String READ =
      "SELECT (SELECT sum(balance) FROM accounts), (SELECT sum(total) FROM balance_by_branch),"
          + " (SELECT sum(total) FROM balance_by_holder), (SELECT sum(total) FROM"
          + " balance_by_region), (SELECT count(*) FROM (SELECT branch, count(*) AS accounts,"
          + " sum(balance) AS total FROM accounts GROUP BY branch) m FULL JOIN balance_by_branch b"
          + " USING (branch) WHERE (m.accounts, m.total) IS DISTINCT FROM (b.accounts, b.total)),"
          + " (SELECT count(*) FROM (SELECT holder, count(*) AS accounts, sum(balance) AS total"
          + " FROM accounts GROUP BY holder) m FULL JOIN balance_by_holder h USING (holder) WHERE"
          + " (m.accounts, m.total) IS DISTINCT FROM (h.accounts, h.total))";

  private static final String RIGHT = "0.00|0.00|0.00|0.00|0|0";

  private final TableWay way;
  private final AtomicLong reads = new AtomicLong();
  private final List<String> wrong = Collections.synchronizedList(new ArrayList<>());
  private final List<BankHistory.View> views = Collections.synchronizedList(new ArrayList<>());
  private final AtomicBoolean done = new AtomicBoolean();
  private OneView oneView;

  TransfersIT(TableWay way) {
    this.way = way;
  }

  @Test
  void everyReadIsTheSourceAsOfOneCommit() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Bank bank = new Bank((EmbeddedStack) way.stack());
        Connection source = bank.source()) {
      BankHistory history = new BankHistory(source);
      oneView =
          new OneView(
              ResultFile.readDirectory(Bank.results()),
              Map.of(
                  "account_events",
                  new OneView.Queries(
                      "SELECT account_id, branch, holder, balance, md5(note) FROM accounts",
                      "SELECT account_id, branch, holder, balance, note_md5 FROM (SELECT DISTINCT"
                          + " ON (account_id) * FROM account_events ORDER BY account_id, commit_seq"
                          + " DESC, source_lsn DESC, source_order DESC, event_id DESC) l WHERE"
                          + " event_type <> 'd'")));
      List<CompletableFuture<Void>> looking = new ArrayList<>();
      try (Transfers transfers = new Transfers(bank, 8, Duration.ofMillis(40), SEED)) {
        for (int i = 0; i < READERS; i++) {
          looking.add(CompletableFuture.runAsync(() -> repeatedly(bank, this::read), threads));
        }
        looking.add(CompletableFuture.runAsync(() -> repeatedly(bank, this::view), threads));
        bank.startPipeline();
        awaitFollowing(transfers);

        killAndStart(Service.CONNECT, bank, transfers);
        killAndStart(Service.TARGET_DATABASE, bank, transfers);
        killAndStart(Service.CONNECT, bank, transfers);

        Awaitility.await("readers have read often enough")
            .atMost(Duration.ofMillis(READS * 60).plus(PATIENCE))
            .until(() -> reads.get() >= READS || !wrong.isEmpty());
        transfers.stop();
      }
      bank.openAccounts(ACCOUNTS);
      String last = sourceRows(source);
      Awaitility.await("what was committed last arrives")
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(targetRows(bank)).isEqualTo(last));
      done.set(true);
      looking.forEach(CompletableFuture::join);

      assertThat(wrong).as("wrong reads among %d, seed %d", reads.get(), SEED).isEmpty();
      int commits = history.verify(source, views);
      System.out.printf(
          "TransfersIT: %d reads, %d views of %d different commits, none wrong (seed %d)%n",
          reads.get(), views.size(), commits, SEED);
      assertThat(commits).as("different commits that were seen").isGreaterThan(3);
    } finally {
      done.set(true);
      threads.shutdown();
      way.stack().awaitConnectors(PATIENCE);
    }
  }

  /** Something that reads the target. */
  private interface Look {
    void run(Connection connection) throws SQLException;
  }

  /** Reads until all is done, on a new connection whenever the target was away. */
  private void repeatedly(Bank bank, Look look) {
    while (!done.get()) {
      try (Connection connection = bank.target()) {
        while (!done.get()) {
          look.run(connection);
        }
      } catch (SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        boolean away = state.startsWith("08") || state.startsWith("57");
        boolean notYetThere = state.equals("42P01") && reads.get() == 0;
        if (!away && !notYetThere) {
          wrong.add("a read failed: " + e);
          return;
        }
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
    }
  }

  private void read(Connection connection) throws SQLException {
    String read = one(connection, READ);
    if (read.equals("null|null|null|null|0|0")) {
      return; // tables are made, the snapshot is not visible yet
    }
    reads.incrementAndGet();
    if (!read.equals(RIGHT)) {
      wrong.add(read + " at " + one(connection, "SELECT commit_lsn FROM cdc.position"));
    }
    if (reads.get() >= READS) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos()); // leave the machine to the pipeline
    }
  }

  private void view(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    BankHistory.View view = BankHistory.look(connection);
    if (view != null) {
      views.add(view);
      List<String> differences = oneView.differences(connection);
      if (!differences.isEmpty()) {
        wrong.add("results of another commit than the mirrors " + view.lsn() + ": " + differences);
      }
    }
    connection.commit();
    LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
  }

  /** Waits until what is committed from now on is seen. */
  private void awaitFollowing(Transfers transfers) {
    int before = views.size();
    long committed = transfers.commits();
    Awaitility.await("readers see further commits, seed " + SEED)
        .atMost(PATIENCE)
        .until(
            () ->
                !wrong.isEmpty()
                    || (transfers.commits() > committed + 50
                        && views.size() > before + 2
                        && views.get(views.size() - 1).lsn().compareTo(views.get(before).lsn())
                            > 0));
  }

  private void killAndStart(Service service, Bank bank, Transfers transfers) {
    way.stack().kill(service);
    way.stack().start(service);
    bank.awaitPipeline();
    awaitFollowing(transfers);
  }

  private static String sourceRows(Connection source) throws SQLException {
    return one(source, rows());
  }

  private static String targetRows(Bank bank) throws SQLException {
    try (Connection target = bank.target()) {
      return one(target, rows());
    }
  }

  private static String rows() {
    return "SELECT count(*) || ' accounts ' || md5(string_agg(concat_ws('|', account_id, branch,"
        + " holder, balance, md5(note)), ' ' ORDER BY account_id)) FROM accounts";
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      StringBuilder line = new StringBuilder(String.valueOf(row.getString(1)));
      for (int i = 2; i <= row.getMetaData().getColumnCount(); i++) {
        line.append('|').append(row.getString(i));
      }
      return line.toString();
    }
  }
}
