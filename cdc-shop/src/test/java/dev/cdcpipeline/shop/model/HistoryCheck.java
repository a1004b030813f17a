package dev.cdcpipeline.shop.model;

import dev.cdcpipeline.model.analytics.CustomerOrderSummary;
import dev.cdcpipeline.model.analytics.OrderEnriched;
import dev.cdcpipeline.model.analytics.OrderStatusCount;
import dev.cdcpipeline.model.analytics.OrderStatusSummary;
import dev.cdcpipeline.model.analytics.ProductSales;
import dev.cdcpipeline.model.analytics.TopCustomer;
import dev.cdcpipeline.model.analytics.Violation;
import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.shop.model.SimulatedSource.AuditedChange;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/** Compares what a history has left in the result topics with what it must have. */
public final class HistoryCheck {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);
  private static final Comparator<OrderEnriched> BY_POSITION =
      Comparator.comparingLong(OrderEnriched::getCommitSeq)
          .thenComparing(event -> Lsn.parse(event.getSourceLsn()))
          .thenComparingLong(OrderEnriched::getSourceOrder)
          .thenComparing(event -> event.getEventType().equals("deleted") ? 0 : 1);

  /** The result topics as they stand. */
  public interface ResultRows {
    /** What is left of a topic's records after compaction. */
    <V extends SpecificRecord> Collection<V> table(String topic, Class<V> type);

    /** All records of {@code orders_enriched}, in any order. */
    List<OrderEnriched> log();
  }

  /** How the events came. */
  public enum Arrival {
    /** Each topic in the order of the source. */
    IN_ORDER,
    /**
     * Each partition in the order of the source. A TRUNCATE stands in one of them: an order that it
     * removed and that was created again may be found gone only by the latter, at its time. And
     * customers may come later than an event waits for them.
     */
    BY_PARTITION;

    private long timeOf(String type, long micros) {
      return this == BY_PARTITION && type.equals("deleted") ? 0 : micros;
    }
  }

  /** Null if all is equal, else what differs. */
  public static String difference(
      Map<String, TreeSet<String>> expected,
      ResultRows rows,
      List<AuditedChange> audit,
      Arrival arrival) {
    Map<String, TreeSet<String>> actual = results(rows);
    for (Map.Entry<String, TreeSet<String>> result : expected.entrySet()) {
      if (!result.getValue().equals(actual.get(result.getKey()))) {
        return result.getKey()
            + " is\n  "
            + String.join("\n  ", actual.get(result.getKey()))
            + "\nbut must be\n  "
            + String.join("\n  ", result.getValue());
      }
    }
    return differenceOfLog(audit, rows.log(), arrival);
  }

  private static Map<String, TreeSet<String>> results(ResultRows rows) {
    Map<String, TreeSet<String>> results = new LinkedHashMap<>();
    results.put(
        "product_sales",
        rows(
            rows.table("product_sales", ProductSales.class),
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
            rows.table("customer_order_summary", CustomerOrderSummary.class),
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
            rows.table("order_status_summary", OrderStatusSummary.class),
            r -> row(r.getOrderStatus(), r.getOrderCount(), r.getTotalValue())));
    results.put(
        "order_status_counts",
        rows(
            rows.table("order_status_counts", OrderStatusCount.class),
            r ->
                row(
                    time(r.getWindowStart()),
                    r.getOrderStatus(),
                    r.getOrderCount(),
                    r.getTotalValue())));
    results.put(
        "top_customers_hourly",
        rows(
            rows.table("top_customers_hourly", TopCustomer.class),
            r ->
                row(
                    time(r.getWindowStart()),
                    r.getCustomerId(),
                    r.getOrderCount(),
                    r.getTotalSpent())));
    List<Violation> violations =
        rows.table("data_quality_violations", Violation.class).stream()
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
  private static String differenceOfLog(
      List<AuditedChange> audit, List<OrderEnriched> log, Arrival arrival) {
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
                        arrival.timeOf(change.type(), change.commitMicros()))));
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
                      arrival.timeOf(e.getEventType(), micros(e.getEventTimestamp())));
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
        ? arrival == Arrival.IN_ORDER ? differenceOfCustomers(audit, log) : null
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

  private HistoryCheck() {}
}
