package dev.cdcpipeline.transforms.model;

import dev.cdcpipeline.model.analytics.CustomerOrderSummary;
import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.OrderStatusCount;
import dev.cdcpipeline.model.analytics.OrderStatusSummary;
import dev.cdcpipeline.model.analytics.ProductSales;
import dev.cdcpipeline.model.analytics.TopCustomer;
import dev.cdcpipeline.model.analytics.Violation;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.model.SimulatedSource.AuditedChange;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One history: what happens at the source, and in which order its events arrive.
 *
 * @param fullIdentity whether the tables have REPLICA IDENTITY FULL
 * @param arrivalSeed decides how the topics interleave; the order within a topic is kept
 */
record History(List<Command> commands, boolean fullIdentity, long arrivalSeed) {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);
  private static final Comparator<OrderEnriched> BY_POSITION =
      Comparator.comparingLong(OrderEnriched::getCommitSeq)
          .thenComparing(event -> Lsn.parse(event.getSourceLsn()))
          .thenComparingLong(OrderEnriched::getSourceOrder)
          .thenComparing(event -> event.getEventType().equals("deleted") ? 0 : 1);

  static History of(long seed, int length) {
    Random random = new Random(seed);
    return new History(Command.history(random, length), random.nextBoolean(), random.nextLong());
  }

  History with(List<Command> fewer) {
    return new History(fewer, fullIdentity, arrivalSeed);
  }

  /** Runs it and compares; null if all is equal, else what differs. */
  String difference(Oracle oracle) throws SQLException {
    SimulatedSource source = SimulatedSource.run(commands, fullIdentity);
    try (AnalyticsDriver driver = new AnalyticsDriver()) {
      feed(driver, source.events());
      driver.pass(Duration.ofSeconds(31));
      Map<String, TreeSet<String>> actual = results(driver);
      Map<String, TreeSet<String>> expected = oracle.results(source);
      for (Map.Entry<String, TreeSet<String>> result : expected.entrySet()) {
        if (!result.getValue().equals(actual.get(result.getKey()))) {
          return result.getKey()
              + " is\n  "
              + String.join("\n  ", actual.get(result.getKey()))
              + "\nbut must be\n  "
              + String.join("\n  ", result.getValue());
        }
      }
      return differenceOfLog(source.audit(), driver.read("orders_enriched", OrderEnriched.class));
    } catch (RuntimeException e) {
      return e
          + " at "
          + Arrays.stream(e.getStackTrace()).limit(3).toList()
          + (e.getCause() == null ? "" : " by " + e.getCause());
    }
  }

  private void feed(AnalyticsDriver driver, List<SourceEvent> events) {
    Map<String, Queue<SourceEvent>> topics = new LinkedHashMap<>();
    events.forEach(
        event -> topics.computeIfAbsent(event.table(), t -> new ArrayDeque<>()).add(event));
    List<Queue<SourceEvent>> waiting = new ArrayList<>(topics.values());
    Random random = new Random(arrivalSeed);
    while (!waiting.isEmpty()) {
      Queue<SourceEvent> topic = waiting.get(random.nextInt(waiting.size()));
      for (int i = 1 + random.nextInt(5); i > 0 && !topic.isEmpty(); i--) {
        driver.pipe(topic.remove());
      }
      waiting.removeIf(Queue::isEmpty);
    }
  }

  private static Map<String, TreeSet<String>> results(AnalyticsDriver driver) {
    Map<String, TreeSet<String>> results = new LinkedHashMap<>();
    results.put(
        "product_sales",
        rows(
            driver.table("product_sales", ProductSales.class),
            r ->
                row(
                    r.getProductId(),
                    r.getSku(),
                    r.getName(),
                    r.getCategory(),
                    r.getOrderCount(),
                    r.getUnitsSold(),
                    r.getTotalRevenue(),
                    r.getAvgQuantityPerOrder())));
    results.put(
        "customer_order_summary",
        rows(
            driver.table("customer_order_summary", CustomerOrderSummary.class),
            r ->
                row(
                    r.getCustomerId(),
                    r.getEmail(),
                    r.getFullName(),
                    r.getTotalOrders(),
                    r.getTotalSpent(),
                    r.getAvgOrderValue(),
                    time(r.getLastOrderDate()))));
    results.put(
        "order_status_summary",
        rows(
            driver.table("order_status_summary", OrderStatusSummary.class),
            r -> row(r.getOrderStatus(), r.getOrderCount(), r.getTotalValue())));
    results.put(
        "order_status_counts",
        rows(
            driver.table("order_status_counts", OrderStatusCount.class),
            r ->
                row(
                    time(r.getWindowStart()),
                    r.getOrderStatus(),
                    r.getOrderCount(),
                    r.getTotalValue())));
    results.put(
        "top_customers_hourly",
        rows(
            driver.table("top_customers_hourly", TopCustomer.class),
            r ->
                row(
                    time(r.getWindowStart()),
                    r.getCustomerId(),
                    r.getOrderCount(),
                    r.getTotalSpent())));
    List<Violation> violations =
        driver.table("data_quality_violations", Violation.class).stream()
            .filter(violation -> violation.getResolvedAt() == null)
            .toList();
    results.put(
        "data_quality_violations",
        rows(
            violations,
            v ->
                row(
                    v.getRule(),
                    v.getSourceTable(),
                    v.getRowKey(),
                    v.getDetail().replaceAll("(\\.\\d\\d)00\\b", "$1"))));
    return results;
  }

  private static <V> TreeSet<String> rows(Collection<V> table, Function<V, String> text) {
    return table.stream().map(text).collect(Collectors.toCollection(TreeSet::new));
  }

  private static String row(Object... columns) {
    return Arrays.stream(columns).map(Objects::toString).collect(Collectors.joining(" | "));
  }

  private static String time(LocalDateTime time) {
    return time == null ? null : TIME.format(time);
  }

  private static long micros(LocalDateTime time) {
    return ChronoUnit.MICROS.between(EPOCH, time);
  }

  /**
   * Each change is there once. Those whose place is known are in the order of the source; those of
   * the connector's first transaction, which have no place, are not asked for it.
   */
  private static String differenceOfLog(List<AuditedChange> audit, List<OrderEnriched> log) {
    Map<Long, List<String>> expected = new TreeMap<>();
    audit.forEach(
        change ->
            expected
                .computeIfAbsent(change.orderId(), id -> new ArrayList<>())
                .add(
                    event(
                        change.type(),
                        change.customerId(),
                        change.status(),
                        change.amount(),
                        change.commitMicros())));
    Map<Long, List<String>> actual = new TreeMap<>();
    Set<String> unordered = new HashSet<>();
    log.stream()
        .sorted(BY_POSITION)
        .forEach(
            e -> {
              String text =
                  event(
                      e.getEventType(),
                      e.getCustomerId(),
                      e.getOrderStatus(),
                      e.getTotalAmount(),
                      micros(e.getEventTimestamp()));
              actual.computeIfAbsent(e.getOrderId(), id -> new ArrayList<>()).add(text);
              if (e.getCommitSeq() == Lsn.parse(e.getSourceLsn()).value()
                  && e.getSourceOrder() > 0) {
                unordered.add(text);
              }
            });
    for (Map<Long, List<String>> events : List.of(expected, actual)) {
      events.replaceAll(
          (order, texts) ->
              Stream.concat(
                      texts.stream().filter(text -> !unordered.contains(text)),
                      texts.stream().filter(unordered::contains).sorted())
                  .toList());
    }
    return expected.equals(actual)
        ? differenceOfCustomers(audit, log)
        : "the log is\n  " + lines(actual) + "\nbut must be\n  " + lines(expected);
  }

  private static String lines(Map<?, ?> map) {
    return map.entrySet().stream().map(Object::toString).collect(Collectors.joining("\n  "));
  }

  /** A customer that existed when the change was committed is never missing in its event. */
  private static String differenceOfCustomers(List<AuditedChange> audit, List<OrderEnriched> log) {
    for (AuditedChange change : audit) {
      if (change.customerExists()
          && log.stream()
              .anyMatch(
                  e ->
                      e.getOrderId() == change.orderId()
                          && micros(e.getEventTimestamp()) == change.commitMicros()
                          && Objects.equals(e.getCustomerId(), change.customerId())
                          && e.getCustomerEmail() == null)) {
        return change + " has no customer in the log";
      }
    }
    return null;
  }

  private static String event(
      String type, Long customer, String status, BigDecimal amount, long micros) {
    return type + " by " + customer + " in " + status + " of " + amount + " at " + micros;
  }
}
