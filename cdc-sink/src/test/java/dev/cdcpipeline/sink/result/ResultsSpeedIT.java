package dev.cdcpipeline.sink.result;

import dev.cdcpipeline.sink.mirror.FlushView;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Prints what the results cost; run with {@code -Dresults.speed=true} on a quiet machine. */
@EnabledIfSystemProperty(named = "results.speed", matches = "true")
class ResultsSpeedIT {
  private static final int CUSTOMERS = 20_000;
  private static final int PRODUCTS = 1_000;
  private static final int ORDERS = Integer.getInteger("results.orders", 200_000);
  private final Random random = new Random(1);
  private int order = ORDERS;
  private int item = 2 * ORDERS;
  private int lastCustomer = CUSTOMERS;
  private int lastProduct = PRODUCTS;
  private long lsn = 1_000_000;
  private static int serverProcess;

  @Test
  void printsTheCostOfSmallLargeAndHotFlushes() throws Exception {
    try (EmbeddedPostgres postgres =
            EmbeddedPostgres.builder().setServerConfig("shared_buffers", "256MB").start();
        Connection connection = connect(postgres)) {
      List<ResultDefinition> all = ResultFile.readDirectory(Path.of("../infra/results"));
      String only = System.getProperty("results.only");
      if (only != null) {
        all = all.stream().filter(d -> Arrays.asList(only.split(",")).contains(d.name())).toList();
      }
      try (ResultSet rows = connection.createStatement().executeQuery("SELECT pg_backend_pid()")) {
        rows.next();
        serverProcess = rows.getInt(1);
      }
      ResultMaintainer results =
          new ResultMaintainer(ResultOptions.defaults(), Optional.of(all), Clock.systemUTC());
      FakeWriter writer = new FakeWriter(connection, results);
      writer.createMirrors();
      fill(connection);
      long start = System.nanoTime();
      writer.open();
      System.out.printf(
          "built %d results in %d ms%n", all.size(), (System.nanoTime() - start) / 1_000_000);
      List<Long> small = new ArrayList<>();
      for (int i = 0; i < loops(600); i++) {
        small.add(
            flush(connection, writer, results, List.of(order(1 + random.nextInt(CUSTOMERS)))));
      }
      print("1 order + 2 items", tail(small));
      small.clear();
      for (int i = 0; i < loops(300); i++) {
        small.add(flush(connection, writer, results, List.of(order(1))));
      }
      print("the same, customer of 100,000 orders", tail(small));
      small.clear();
      for (int i = 0; i < loops(200); i++) {
        List<SourceCommit> ten = new ArrayList<>();
        for (int j = 0; j < 10; j++) {
          ten.add(order(1 + random.nextInt(CUSTOMERS)));
        }
        small.add(flush(connection, writer, results, ten));
      }
      print("10 orders + 20 items", tail(small));
      for (int size : new int[] {20, 50, 100, 160, 300, 1_000, 6_667}) {
        List<Long> large = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
          List<SourceCommit> commits = new ArrayList<>();
          for (int j = 0; j < size; j++) {
            commits.add(j % 4 == 0 ? newcomer() : order(1 + random.nextInt(CUSTOMERS)));
          }
          large.add(flush(connection, writer, results, commits));
        }
        print(size + " orders, a quarter by new customers", large.subList(1, 11));
      }
    }
  }

  /**
   * Elapsed time, or with {@code -Dresults.cpu=true} the processor time of this thread and of the
   * server's process for the session: on a machine that is busy with other things the second tells
   * more.
   */
  private static long clock() throws Exception {
    if (!Boolean.getBoolean("results.cpu")) {
      return System.nanoTime();
    }
    String server = Files.readString(Path.of("/proc/" + serverProcess + "/schedstat"));
    return Long.parseLong(server.substring(0, server.indexOf(' ')))
        + ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** The embedded server, or one of one's own, to look at its plans. */
  private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
    String url = System.getProperty("results.url");
    return url == null
        ? postgres.getPostgresDatabase().getConnection()
        : DriverManager.getConnection(url);
  }

  private static int loops(int full) {
    return full / Integer.getInteger("results.fraction", 1);
  }

  /** What is left when the first third has warmed up. */
  private static List<Long> tail(List<Long> all) {
    return all.subList(all.size() / 3, all.size());
  }

  private static void print(String what, List<Long> micros) {
    List<Long> sorted = micros.stream().sorted().toList();
    System.out.printf(
        "%-40s min %.2f  median %.2f  p99 %.2f ms%n",
        what,
        sorted.get(0) / 1e3,
        sorted.get(sorted.size() / 2) / 1e3,
        sorted.get(sorted.size() * 99 / 100) / 1e3);
  }

  private static long flush(
      Connection connection,
      FakeWriter writer,
      ResultMaintainer results,
      List<SourceCommit> commits)
      throws Exception {
    FlushView view = writer.stage(commits, false);
    results.beforeRows(view);
    writer.write(view);
    long start = clock();
    results.afterRows(view);
    long micros = (clock() - start) / 1_000;
    connection.commit();
    return micros;
  }

  private SourceCommit order(int customer) {
    return order(customer, 1);
  }

  private SourceCommit order(int customer, int quantity) {
    List<SourceChange> changes = new ArrayList<>();
    int id = ++order;
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("order_id", id);
    row.put("customer_id", customer);
    row.put("order_status", "pending");
    row.put("total_amount", new BigDecimal("20.00"));
    row.put("created_at", FakeWriter.time(1_790_000_000_000_000L + lsn * 1000));
    changes.add(new SourceChange("orders", 'c', row));
    for (int i = 0; i < 2; i++) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("item_id", ++item);
      line.put("order_id", id);
      line.put("product_id", 1 + random.nextInt(PRODUCTS));
      line.put("quantity", quantity);
      line.put("unit_price", new BigDecimal("10.00"));
      changes.add(new SourceChange("order_items", 'c', line));
    }
    long previous = lsn;
    lsn += 10;
    return new SourceCommit(previous, lsn, 1_790_000_000_000_000L + lsn * 1000, changes);
  }

  /**
   * An order of nothing by a new customer: two rules are broken, and what results look up changes.
   */
  private SourceCommit newcomer() {
    Map<String, Object> customer = new LinkedHashMap<>();
    customer.put("customer_id", ++lastCustomer);
    customer.put("email", "e" + lastCustomer);
    customer.put("first_name", "f");
    customer.put("last_name", "l");
    Map<String, Object> product = new LinkedHashMap<>();
    product.put("product_id", ++lastProduct);
    product.put("sku", "s" + lastProduct);
    product.put("name", "n");
    SourceCommit ordered = order(lastCustomer, 0);
    List<SourceChange> changes = new ArrayList<>();
    changes.add(new SourceChange("customers", 'c', customer));
    changes.add(new SourceChange("products", 'c', product));
    changes.addAll(ordered.changes());
    return new SourceCommit(
        ordered.previousCommit(), ordered.commitLsn(), ordered.timeMicros(), changes);
  }

  private static void fill(Connection connection) throws Exception {
    try (Statement s = connection.createStatement()) {
      s.execute(
          "INSERT INTO mirror.customers SELECT i, 'e' || i, 'f', 'l', now(), now(), now(), '0/1'"
              + " FROM generate_series(1, "
              + CUSTOMERS
              + ") i");
      s.execute(
          "INSERT INTO mirror.products SELECT i, 's' || i, 'n', 'd', 10, 'c', 1, now(), now(),"
              + " now(), '0/1' FROM generate_series(1, "
              + PRODUCTS
              + ") i");
      s.execute(
          "INSERT INTO mirror.orders SELECT i, CASE WHEN i <= 100000 THEN 1 ELSE 1 + i % "
              + CUSTOMERS
              + " END, 'pending', 20, 'x', timestamp '2026-01-01' + i * interval '1 s', now(),"
              + " now(), '0/1' FROM generate_series(1, "
              + ORDERS
              + ") i");
      s.execute(
          "INSERT INTO mirror.order_items SELECT i, 1 + i % "
              + ORDERS
              + ", 1 + i % "
              + PRODUCTS
              + ", 1, 10, now(), now(), '0/1' FROM generate_series(1, "
              + 2 * ORDERS
              + ") i");
      s.execute("ANALYZE");
    }
    connection.commit();
  }
}
