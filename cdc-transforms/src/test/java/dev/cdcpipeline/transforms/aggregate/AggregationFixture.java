package dev.cdcpipeline.transforms.aggregate;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Rows, one aggregate of each kind over them, and the plain recomputation. */
final class AggregationFixture {

  record Item(Long orderId, Long quantity, BigDecimal price, String status) {}

  record Summary(
      long rows,
      long prices,
      long orders,
      long units,
      BigDecimal revenue,
      BigDecimal average,
      String firstStatus,
      BigDecimal highest) {}

  final Aggregate<Item, ?, Long> rows = Aggregate.count();
  final Aggregate<Item, ?, Long> prices = Aggregate.count(Item::price);
  final Aggregate<Item, ?, Long> orders = Aggregate.countDistinct(Item::orderId, ValueType.LONG);
  final Aggregate<Item, ?, Long> units = Aggregate.sumOfLongs(Item::quantity);
  final Aggregate<Item, ?, BigDecimal> revenue = Aggregate.sum(Item::price);
  final Aggregate<Item, ?, BigDecimal> average = Aggregate.average(Item::price, 2);
  final Aggregate<Item, ?, String> firstStatus = Aggregate.min(Item::status, ValueType.STRING);
  final Aggregate<Item, ?, BigDecimal> highest = Aggregate.max(Item::price, ValueType.DECIMAL);

  final Aggregation<Item> aggregation =
      new Aggregation<>(
          List.of(rows, prices, orders, units, revenue, average, firstStatus, highest));

  static Arbitrary<List<Item>> rows() {
    return Combinators.combine(
            Arbitraries.longs().between(1, 4).injectNull(0.1),
            Arbitraries.longs().between(-3, 9).injectNull(0.1),
            Arbitraries.bigDecimals()
                .between(new BigDecimal("-5"), new BigDecimal("20"))
                .ofScale(2)
                .injectNull(0.2),
            Arbitraries.of("new", "paid", "sent").injectNull(0.2))
        .as(Item::new)
        .list()
        .ofMaxSize(12);
  }

  Aggregation.Contribution contributionOf(Item item) {
    return aggregation.contributionOf(item);
  }

  Group<Item> groupOf(List<Item> items) {
    Group<Item> group = aggregation.emptyGroup(SortedMapIndex.inMemory());
    items.forEach(item -> group.accumulate(contributionOf(item)));
    return group;
  }

  byte[] stateOf(Group<Item> group) {
    BinaryOutput out = new BinaryOutput();
    group.write(out);
    return out.toByteArray();
  }

  /** A group with the given state whose indexes hold the given rows. */
  Group<Item> restored(byte[] state, List<Item> indexed) {
    Group<Item> group = groupOf(indexed);
    group.read(new BinaryInput(state));
    return group;
  }

  Summary summaryOf(Group<Item> group) {
    return new Summary(
        group.get(rows),
        group.get(prices),
        group.get(orders),
        group.get(units),
        money(group.get(revenue)),
        money(group.get(average)),
        group.get(firstStatus),
        money(group.get(highest)));
  }

  Summary recompute(List<Item> items) {
    List<BigDecimal> known = present(items, Item::price).toList();
    BigDecimal sum = known.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    return new Summary(
        items.size(),
        known.size(),
        present(items, Item::orderId).distinct().count(),
        present(items, Item::quantity).mapToLong(Long::longValue).sum(),
        money(sum),
        known.isEmpty()
            ? null
            : sum.divide(BigDecimal.valueOf(known.size()), 2, RoundingMode.HALF_UP),
        present(items, Item::status).min(Comparator.naturalOrder()).orElse(null),
        money(known.stream().max(Comparator.naturalOrder()).orElse(null)));
  }

  private static <V> Stream<V> present(List<Item> items, Function<Item, V> column) {
    return items.stream().map(column).filter(Objects::nonNull);
  }

  private static BigDecimal money(BigDecimal value) {
    return value == null ? null : value.setScale(2);
  }
}
