package dev.cdcpipeline.sink.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories, flushed in random portions: after each flush every result equals its oracle
 * over the mirrors. The seed is in the test's name; {@code -Dhistory.seed=N} runs one alone. A
 * history that fails is shown as the shortest that still does.
 */
class ResultsFollowRandomHistoriesIT {
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static final Instant MUCH_LATER = Instant.parse("2100-01-01T00:00:00Z");
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start() throws IOException {
    postgres = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  static List<Long> seeds() {
    if (Long.getLong("history.seed") != null) {
      return List.of(Long.getLong("history.seed"));
    }
    List<Long> seeds = new ArrayList<>();
    for (long seed = 1; seed <= Integer.getInteger("history.count", 40); seed++) {
      seeds.add(seed);
    }
    return seeds;
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyResultEqualsItsOracleAfterEachFlush(long seed) throws Exception {
    String database = "history_" + seed;
    try (Connection admin = postgres.getPostgresDatabase().getConnection();
        Statement statement = admin.createStatement()) {
      statement.execute("CREATE DATABASE " + database);
    }
    Random random = new Random(seed * 31);
    ShopHistory history = new ShopHistory(seed, 3 + random.nextInt(6));
    // every other history runs the text that large flushes run
    ResultOptions options = options(seed);
    List<ResultDefinition> definitions = ResultFile.readDirectory(Path.of("../infra/results"));
    try (Connection connection = postgres.getDatabase("postgres", database).getConnection()) {
      FakeWriter writer =
          new FakeWriter(
              connection,
              new ResultMaintainer(
                  options, Optional.of(definitions), Clock.fixed(MUCH_LATER, ZoneOffset.UTC)));
      Map<Object, Long> brokenSince = new HashMap<>();
      boolean late = random.nextBoolean();
      if (!late) {
        writer.createMirrors();
      }
      writer.open();
      writer.createMirrors();
      List<Step> played = new ArrayList<>();
      int flushes = 60;
      for (int flush = 0; flush < flushes; flush++) {
        String where = "seed " + seed + ", flush " + flush;
        boolean snapshot = flush > 0 && random.nextInt(20) == 0;
        List<SourceCommit> commits = new ArrayList<>();
        if (snapshot) {
          commits.add(onlyOrdersThatDiffer(history, history.snapshot()));
        } else {
          int n = 1 + random.nextInt(random.nextInt(4) == 0 ? 12 : 3);
          for (int i = 0; i < n; i++) {
            commits.add(history.next());
          }
        }
        commits.removeIf(c -> c.changes().isEmpty());
        if (commits.isEmpty()) {
          continue;
        }
        if (random.nextInt(10) == 0) {
          writer.flushAndLose(commits);
        }
        for (int c = 0; c < commits.size(); c++) {
          for (SourceChange change : commits.get(c).changes()) {
            played.add(new Step(flush, c, commits.get(c), change, snapshot));
          }
        }
        try {
          writer.flush(commits, snapshot);
          assertEqualsOracle(connection, where);
        } catch (SQLException | AssertionError e) {
          throw new AssertionError(
              where + " fails; the shortest history that does:\n" + shortest(seed, played), e);
        }
        // a quiet time, in which what was committed next may only be late
        writer.idle();
        long clock = commits.get(commits.size() - 1).timeMicros();
        assertEventsTrue(connection, where, history);
        assertViolations(connection, where, brokenSince, clock);
        connection.commit();
      }
    }
  }

  private static ResultOptions options(long seed) {
    return new ResultOptions("mirror", "analytics", "cdc", "analytics", seed % 2 == 0 ? 1 : 10_000);
  }

  /** A change with its place in the history: which flush, and which of its commits. */
  private record Step(
      int flush, int commit, SourceCommit of, SourceChange change, boolean snapshot) {

    @Override
    public String toString() {
      return "flush %d%s, commit %d: %s %s %s"
          .formatted(
              flush,
              snapshot ? " (snapshot)" : "",
              commit,
              change.table(),
              change.op(),
              change.row());
    }
  }

  private static String shortest(long seed, List<Step> played) {
    return Shortest.of(played, steps -> !follow(seed, steps)).stream()
        .map(Step::toString)
        .collect(Collectors.joining("\n"));
  }

  /** Plays a history in a database of its own; false if a result fails or is not its oracle. */
  private static boolean follow(long seed, List<Step> steps) {
    String database = "shorter_" + DATABASES.incrementAndGet();
    try (Connection admin = postgres.getPostgresDatabase().getConnection();
        Statement statement = admin.createStatement()) {
      statement.execute("CREATE DATABASE " + database);
      try (Connection connection = postgres.getDatabase("postgres", database).getConnection()) {
        FakeWriter writer =
            new FakeWriter(
                connection,
                new ResultMaintainer(
                    options(seed),
                    Optional.of(ResultFile.readDirectory(Path.of("../infra/results"))),
                    Clock.fixed(Instant.EPOCH, ZoneOffset.UTC)));
        writer.createMirrors();
        writer.open();
        TreeMap<Integer, TreeMap<Integer, List<Step>>> flushes = new TreeMap<>();
        for (Step step : steps) {
          flushes
              .computeIfAbsent(step.flush(), f -> new TreeMap<>())
              .computeIfAbsent(step.commit(), c -> new ArrayList<>())
              .add(step);
        }
        for (TreeMap<Integer, List<Step>> flush : flushes.values()) {
          List<SourceCommit> commits = new ArrayList<>();
          for (List<Step> commit : flush.values()) {
            SourceCommit of = commit.get(0).of();
            commits.add(
                new SourceCommit(
                    of.previousCommit(),
                    of.commitLsn(),
                    of.timeMicros(),
                    commit.stream().map(Step::change).toList()));
          }
          writer.flush(commits, flush.firstEntry().getValue().get(0).snapshot());
          assertEqualsOracle(connection, "shorter");
          connection.commit();
        }
        return true;
      } catch (SQLException | AssertionError e) {
        return false;
      } finally {
        statement.execute("DROP DATABASE " + database);
      }
    } catch (SQLException | IOException e) {
      throw new AssertionError("cannot play a shorter history", e);
    }
  }

  /** A snapshot that reads what is known emits nothing; here all it reads is known. */
  private static SourceCommit onlyOrdersThatDiffer(ShopHistory history, SourceCommit snapshot) {
    history
        .events()
        .removeIf(e -> e.type().equals("snapshot") && e.commitSeq() == snapshot.previousCommit());
    List<SourceChange> changes =
        snapshot.changes().stream().filter(c -> !c.table().equals("orders")).toList();
    return new SourceCommit(
        snapshot.previousCommit(), snapshot.commitLsn(), snapshot.timeMicros(), changes);
  }

  private static void assertEqualsOracle(Connection connection, String where)
      throws SQLException, IOException {
    for (String result :
        List.of(
            "product_sales_metrics",
            "customer_order_summary",
            "order_status_summary",
            "top_customers_hourly")) {
      String oracle = Files.readString(Path.of("src/test/resources/oracle/" + result + ".sql"));
      assertSame(connection, where + ", " + result, result, oracle);
    }
    ResultDefinition stints =
        ResultFile.parse(
            "x.sql", Files.readString(Path.of("../infra/results/order_status_counts.sql")));
    assertSame(connection, where + ", order_status_counts", "order_status_counts", stints.select());
  }

  static void assertSame(Connection connection, String where, String result, String oracle)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL search_path = mirror, analytics");
      String columns;
      try (ResultSet rows = statement.executeQuery("SELECT * FROM (" + oracle + ") q LIMIT 0")) {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          names.add(rows.getMetaData().getColumnName(i));
        }
        columns = String.join(", ", names);
      }
      String mine = "SELECT " + columns + " FROM analytics." + result;
      String wanted = "SELECT " + columns + " FROM (" + oracle + ") q";
      String differences =
          "SELECT 'surplus', d::text FROM (%1$s EXCEPT ALL %2$s) d UNION ALL SELECT 'lacking', d::text FROM (%2$s EXCEPT ALL %1$s) d"
              .formatted("(" + mine + ")", "(" + wanted + ")");
      List<String> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery(differences)) {
        while (rows.next()) {
          found.add(rows.getString(1) + " " + rows.getString(2));
        }
      }
      assertThat(found).as(where).isEmpty();
    }
  }

  private static void assertEventsTrue(Connection connection, String where, ShopHistory history)
      throws SQLException {
    List<String> logged = new ArrayList<>();
    Map<List<Object>, long[]> counts = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT order_id, customer_id, customer_email, event_type, order_status,"
                    + " total_amount, event_timestamp, commit_seq, source_lsn - '0/0', source_order"
                    + " FROM analytics.order_events ORDER BY commit_seq, source_lsn,"
                    + " source_order")) {
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
          row.add(
              i == 7
                  ? rows.getObject(7, java.time.LocalDateTime.class).toString()
                  : rows.getString(i));
        }
        logged.add(String.join("|", row.stream().map(String::valueOf).toList()));
      }
    }
    List<String> expected = new ArrayList<>();
    Map<Object, Object[]> stints = new LinkedHashMap<>();
    Map<List<Object>, Object[]> groups = new HashMap<>();
    for (ShopHistory.Event e : history.events()) {
      expected.add(
          String.join(
              "|",
              java.util.stream.Stream.of(
                      e.orderId(),
                      e.customerId(),
                      e.email(),
                      e.type(),
                      e.status(),
                      e.amount(),
                      e.time(),
                      e.commitSeq(),
                      e.lsn(),
                      e.sourceOrder())
                  .map(String::valueOf)
                  .toList()));
      Object[] stint = stints.get(e.orderId());
      if (stint == null || !Objects.equals(stint[1], e.status())) {
        stint =
            new Object[] {
              e.time().truncatedTo(java.time.temporal.ChronoUnit.HOURS), e.status(), null
            };
        stints.put(e.orderId(), stint);
        if (e.status() != null) {
          groups.computeIfAbsent(
              List.of(stint[0], e.status()), k -> new Object[] {0L, new ArrayList<Object[]>()});
          Object[] group = groups.get(List.of(stint[0], e.status()));
          group[0] = (Long) group[0] + 1;
          @SuppressWarnings("unchecked")
          List<Object[]> members = (List<Object[]>) group[1];
          members.add(stint);
        }
      }
      stint[2] = e.amount();
    }
    assertThat(logged).as(where + ", order_events").isEqualTo(expected);
    assertThat(counts).isEmpty();
    assertStints(connection, where, groups);
  }

  private static void assertStints(
      Connection connection, String where, Map<List<Object>, Object[]> groups) throws SQLException {
    List<String> wanted = new ArrayList<>();
    groups.forEach(
        (key, group) -> {
          java.math.BigDecimal sum = new java.math.BigDecimal("0.00");
          @SuppressWarnings("unchecked")
          List<Object[]> members = (List<Object[]>) group[1];
          for (Object[] stint : members) {
            if (stint[2] != null) {
              sum = sum.add((java.math.BigDecimal) stint[2]);
            }
          }
          wanted.add(key.get(0) + "|" + key.get(1) + "|" + group[0] + "|" + sum);
        });
    List<String> found = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT window_start, order_status, order_count, total_value FROM"
                    + " analytics.order_status_counts")) {
      while (rows.next()) {
        found.add(
            rows.getObject(1, java.time.LocalDateTime.class)
                + "|"
                + rows.getString(2)
                + "|"
                + rows.getLong(3)
                + "|"
                + rows.getBigDecimal(4));
      }
    }
    assertThat(found).as(where + ", stints").containsExactlyInAnyOrderElementsOf(wanted);
  }

  private static void assertViolations(
      Connection connection, String where, Map<Object, Long> brokenSince, long clock)
      throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL search_path = mirror, analytics");
      List<String> expected = new ArrayList<>();
      for (String rule :
          List.of(
              "missing_customer",
              "negative_amount",
              "non_positive_quantity",
              "order_total_mismatch")) {
        ResultDefinition d =
            ResultFile.parse(
                rule, Files.readString(Path.of("../infra/results/violations_" + rule + ".sql")));
        Map<Object, Long> still = new HashMap<>();
        try (ResultSet rows = statement.executeQuery(d.select())) {
          while (rows.next()) {
            String text = d.rule().get() + "|" + rows.getString(1) + "|" + rows.getString(2);
            if (d.grace().isZero()) {
              expected.add(text);
            } else {
              long since = brokenSince.getOrDefault(rows.getString(1), clock);
              still.put(rows.getString(1), since);
              if (since + d.grace().toMillis() * 1000 <= clock) {
                expected.add(text);
              }
            }
          }
        }
        if (!d.grace().isZero()) {
          brokenSince.clear();
          brokenSince.putAll(still);
        }
      }
      List<String> open = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT rule, row_key, detail FROM data_quality_violations WHERE resolved_at IS"
                  + " NULL")) {
        while (rows.next()) {
          open.add(rows.getString(1) + "|" + rows.getString(2) + "|" + rows.getString(3));
        }
      }
      assertThat(open).as(where + ", violations").containsExactlyInAnyOrderElementsOf(expected);
    }
  }
}
