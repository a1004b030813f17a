package dev.cdcpipeline.transforms.model;

import dev.cdcpipeline.transforms.model.SimulatedSource.AuditedChange;
import dev.cdcpipeline.transforms.topology.Records.CustomerOrderSummary;
import dev.cdcpipeline.transforms.topology.Records.OrderEnriched;
import dev.cdcpipeline.transforms.topology.Records.OrderStatusCount;
import dev.cdcpipeline.transforms.topology.Records.OrderStatusSummary;
import dev.cdcpipeline.transforms.topology.Records.ProductSales;
import dev.cdcpipeline.transforms.topology.Records.TopCustomerHourly;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.apache.kafka.streams.KeyValue;

/**
 * One history: what happens at the source, and in which order its events arrive.
 *
 * @param fullIdentity whether the tables have REPLICA IDENTITY FULL
 * @param arrivalSeed decides how the topics interleave; the order within a topic is kept
 */
record History(List<Command> commands, boolean fullIdentity, long arrivalSeed) {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private static final Comparator<OrderEnriched> BY_POSITION =
      Comparator.comparingLong(OrderEnriched::commitSeq)
          .thenComparingLong(OrderEnriched::sourceLsn)
          .thenComparingLong(OrderEnriched::sourceOrder)
          .thenComparing(event -> event.eventType().equals("deleted") ? 0 : 1);

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
      driver.pass(Duration.ofSeconds(11));
      Map<String, TreeSet<String>> actual = results(driver);
      Map<String, TreeSet<String>> expected = oracle.results(source);
      for (Map.Entry<String, TreeSet<String>> result : expected.entrySet()) {
        if (!result.getValue().equals(actual.get(result.getKey()))) {
          return result.getKey() + " is\n  " + String.join("\n  ", actual.get(result.getKey())) + "\nbut must be\n  "
              + String.join("\n  ", result.getValue());
        }
      }
      return differenceOfLog(source.audit(), driver.read("orders_enriched"));
    } catch (RuntimeException e) {
      return e + " at " + Arrays.stream(e.getStackTrace()).limit(3).toList() + (e.getCause() == null ? "" : " by " + e.getCause());
    }
  }

  private void feed(AnalyticsDriver driver, List<SourceEvent> events) {
    Map<String, Queue<SourceEvent>> topics = new LinkedHashMap<>();
    events.forEach(event -> topics.computeIfAbsent(event.table(), t -> new ArrayDeque<>()).add(event));
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
            driver.<Long, ProductSales>table("product_sales"),
            r -> row(r.productId(), r.sku(), r.name(), r.category(), r.orderCount(), r.unitsSold(), r.totalRevenue(), r.avgQuantityPerOrder())));
    results.put(
        "customer_order_summary",
        rows(
            driver.<Long, CustomerOrderSummary>table("customer_order_summary"),
            r -> row(r.customerId(), r.email(), r.fullName(), r.totalOrders(), r.totalSpent(), r.avgOrderValue(), time(r.lastOrderDate()))));
    results.put(
        "order_status_summary",
        rows(
            driver.<String, OrderStatusSummary>table("order_status_summary"),
            r -> row(r.orderStatus(), r.orderCount(), r.totalValue())));
    results.put(
        "order_status_counts",
        rows(
            driver.<Object, OrderStatusCount>table("order_status_counts"),
            r -> row(time(r.windowStart()), r.orderStatus(), r.orderCount(), r.totalValue())));
    results.put(
        "top_customers_hourly",
        rows(
            driver.<Object, TopCustomerHourly>table("top_customers_hourly"),
            r -> row(time(r.windowStart()), r.customerId(), r.orderCount(), r.totalSpent())));
    return results;
  }

  private static <V> TreeSet<String> rows(Map<?, V> table, Function<V, String> text) {
    return table.values().stream().map(text).collect(Collectors.toCollection(TreeSet::new));
  }

  private static String row(Object... columns) {
    return Arrays.stream(columns).map(Objects::toString).collect(Collectors.joining(" | "));
  }

  private static String time(Long micros) {
    return micros == null
        ? null
        : TIME.format(LocalDateTime.ofInstant(Instant.ofEpochSecond(micros / 1_000_000), ZoneOffset.UTC));
  }

  /**
   * Each change is there once. Those whose place is known are in the order of the source; those of the connector's first transaction,
   * which have no place, are not asked for it.
   */
  private static String differenceOfLog(List<AuditedChange> audit, List<KeyValue<Long, OrderEnriched>> log) {
    Map<Long, List<String>> expected = new TreeMap<>();
    audit.forEach(
        change ->
            expected
                .computeIfAbsent(change.orderId(), id -> new ArrayList<>())
                .add(event(change.type(), change.customerId(), change.status(), change.amount(), change.commitMicros())));
    Map<Long, List<String>> actual = new TreeMap<>();
    Set<String> unordered = new HashSet<>();
    log.stream().map(record -> record.value).sorted(BY_POSITION).forEach(
        e -> {
          String text = event(e.eventType(), e.customerId(), e.orderStatus(), e.totalAmount(), e.eventTimestamp());
          actual.computeIfAbsent(e.orderId(), id -> new ArrayList<>()).add(text);
          if (e.commitSeq() == e.sourceLsn() && e.sourceOrder() > 0) {
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
  private static String differenceOfCustomers(
      List<AuditedChange> audit, List<KeyValue<Long, OrderEnriched>> log) {
    for (AuditedChange change : audit) {
      if (change.customerExists()
          && log.stream()
              .map(record -> record.value)
              .anyMatch(
                  e ->
                      e.orderId() == change.orderId()
                          && e.eventTimestamp() == change.commitMicros()
                          && Objects.equals(e.customerId(), change.customerId())
                          && e.customerEmail() == null)) {
        return change + " has no customer in the log";
      }
    }
    return null;
  }

  private static String event(String type, Long customer, String status, BigDecimal amount, long micros) {
    return type + " by " + customer + " in " + status + " of " + amount + " at " + micros;
  }
}
