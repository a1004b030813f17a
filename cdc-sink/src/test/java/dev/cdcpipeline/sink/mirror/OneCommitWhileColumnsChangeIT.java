package dev.cdcpipeline.sink.mirror;

import static dev.cdcpipeline.sink.postgres.Changes.column;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.sink.change.RowChange;
import dev.cdcpipeline.sink.ledger.AppliedPosition;
import dev.cdcpipeline.sink.ledger.OffsetLedger;
import dev.cdcpipeline.sink.postgres.Changes;
import dev.cdcpipeline.sink.postgres.TargetDatabase;
import dev.cdcpipeline.sink.postgres.TargetSession;
import dev.cdcpipeline.sink.result.ResultCatalog;
import dev.cdcpipeline.sink.result.ResultDefinition;
import dev.cdcpipeline.sink.result.ResultFile;
import dev.cdcpipeline.sink.result.ResultMaintainer;
import dev.cdcpipeline.sink.result.ResultOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Readers look all the time, table by table in transactions of random length, while types of
 * several mirrors and the columns and keys of several results change. Commit {@code i} gives each
 * mirror its row {@code i}, so the position tells what every table has to hold.
 */
class OneCommitWhileColumnsChangeIT {
  private static final List<String> TABLES = List.of("alpha", "beta", "gamma");
  private static final List<Column> WIDTHS =
      List.of(
          column("value", ColumnType.INT16, "INT2"),
          column("value", ColumnType.INT32, "INT4"),
          column("value", ColumnType.INT64, "INT8"));
  private static final List<String> TYPES = List.of("bigint", "numeric(38,3)", "text");
  private static final int COMMITS = 240;
  private static final int READERS = 4;

  private final long seed = Long.getLong("columns.seed", System.nanoTime());
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicLong views = new AtomicLong();
  private final ConcurrentLinkedQueue<String> breaches = new ConcurrentLinkedQueue<>();

  @Test
  void everyTransactionSeesOneCommit() throws Exception {
    Random random = new Random(seed);
    ExecutorService threads = Executors.newFixedThreadPool(READERS);
    try (TargetDatabase database = new TargetDatabase();
        Connection connection = database.open();
        Connection command = database.open()) {
      OffsetLedger ledger = new OffsetLedger(connection, "cdc", "analytics");
      ledger.createObjects();
      ledger.claim(List.of());
      TransactionalWriter writer =
          new TransactionalWriter(
              connection,
              ledger,
              WriterOptions.defaults().withCopyThreshold(2).withChunkRows(2),
              List.of(
                  new ResultMaintainer(
                      ResultOptions.defaults(), Optional.of(results(random)), Clock.systemUTC())));
      int[] widths = new int[TABLES.size()];
      List<Changes> changes = new ArrayList<>();
      TABLES.forEach(table -> changes.add(changes(table, 0)));
      commit(writer, changes, widths, 1);
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        long readerSeed = random.nextLong();
        readers.add(threads.submit(() -> read(database, new Random(readerSeed))));
      }
      for (int commit = 2; commit <= COMMITS; commit++) {
        int widened = random.nextInt(12);
        if (widened < TABLES.size() && widths[widened] < WIDTHS.size() - 1) {
          widths[widened]++;
          changes.set(widened, changes.get(widened).with(id(), WIDTHS.get(widths[widened])));
        } else if (widened == 11) {
          new ResultCatalog(ResultOptions.defaults()).apply(command, results(random));
          command.commit();
        }
        commit(writer, changes, widths, commit);
      }
      ended.set(true);
      for (Future<?> reader : readers) {
        reader.get();
      }
      assertThat(database.value("SELECT count(*) FROM cdc.schema_changes WHERE statement ~ 'TYPE'"))
          .as("types that changed, seed " + seed)
          .isEqualTo(String.valueOf(widths[0] + widths[1] + widths[2]))
          .isNotEqualTo("0");
      assertThat(
              database.rows("SELECT name, state, error FROM cdc.results WHERE state <> 'active'"))
          .isEmpty();
    } finally {
      ended.set(true);
      threads.shutdownNow();
    }
    assertThat(breaches).as("seed %d, %d views", seed, views.get()).isEmpty();
    assertThat(views.get()).as("views").isGreaterThan(READERS);
  }

  private static Column id() {
    return column("id", ColumnType.INT32, "INT4");
  }

  private static Changes changes(String table, int width) {
    return Changes.of(table, "id", id(), WIDTHS.get(width));
  }

  private static void commit(
      TransactionalWriter writer, List<Changes> changes, int[] widths, int commit) {
    List<RowChange> rows = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      Object value =
          switch (widths[i]) {
            case 0 -> (short) commit;
            case 1 -> commit;
            default -> (long) commit;
          };
      rows.add(changes.get(i).create(commit, value));
    }
    writer.stage(rows);
    writer.endOfTransaction();
    writer.commit(
        List.of(),
        Optional.of(new AppliedPosition(1, new Lsn(commit), Changes.COMMIT_TIME, commit)));
  }

  /** One result for each mirror, of any type, key and columns. */
  private static List<ResultDefinition> results(Random random) {
    List<ResultDefinition> results = new ArrayList<>();
    for (String table : TABLES) {
      String type = TYPES.get(random.nextInt(TYPES.size()));
      boolean twoKeys = random.nextBoolean();
      results.add(
          ResultFile.parse(
              table + ".sql",
              """
              -- result: %1$s_sum
              -- key: %2$s
              -- maintain: refresh
              -- affected: %1$s: SELECT DISTINCT %3$s FROM changed_%1$s
              SELECT %4$s, count(*) AS n, sum(value)::%5$s AS total%6$s FROM %1$s GROUP BY %2$s
              """
                  .formatted(
                      table,
                      twoKeys ? "one, two" : "one",
                      twoKeys ? "id % 2, id % 3" : "id % 2",
                      twoKeys ? "id % 2 AS one, id % 3 AS two" : "id % 2 AS one",
                      type,
                      random.nextBoolean() ? ", max(id) AS latest" : "")));
    }
    return results;
  }

  private void read(TargetDatabase database, Random random) {
    try (Connection reader = TargetSession.open(database.options().withApplicationName("report"))) {
      reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      while (!ended.get()) {
        try (Statement statement = reader.createStatement()) {
          long commit = number(statement, "SELECT commit_lsn - '0/0' FROM cdc.position");
          List<String> tables = new ArrayList<>(TABLES);
          Collections.shuffle(tables, random);
          for (String table : tables) {
            if (random.nextInt(3) == 0) {
              statement.execute("SELECT pg_sleep(" + random.nextInt(60) + " / 1000.0)");
            }
            long sum = commit * (commit + 1) / 2;
            check(statement, "mirror." + table, "count(*), sum(value)", commit, sum);
            check(
                statement,
                "analytics." + table + "_sum",
                "sum(n), sum(total::numeric)",
                commit,
                sum);
          }
        }
        reader.commit();
        views.incrementAndGet();
      }
    } catch (SQLException e) {
      breaches.add(e.toString());
    }
  }

  private void check(Statement statement, String table, String what, long commit, long sum)
      throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT " + what + " FROM " + table)) {
      row.next();
      if (row.getLong(1) != commit || row.getLong(2) != sum) {
        breaches.add(
            "at commit %d %s holds %s rows, sum %s"
                .formatted(commit, table, row.getString(1), row.getString(2)));
      }
    }
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
