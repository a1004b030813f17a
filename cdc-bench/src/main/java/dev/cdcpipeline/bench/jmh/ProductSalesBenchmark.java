package dev.cdcpipeline.bench.jmh;

import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.Aggregation;
import dev.cdcpipeline.transforms.aggregate.BinaryInput;
import dev.cdcpipeline.transforms.aggregate.BinaryOutput;
import dev.cdcpipeline.transforms.aggregate.CachedIndex;
import dev.cdcpipeline.transforms.aggregate.Group;
import dev.cdcpipeline.transforms.aggregate.OrderedIndex;
import dev.cdcpipeline.transforms.aggregate.SortedMapIndex;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The aggregates of {@code product_sales} (distinct orders, units, revenue) over 1,000 products,
 * pure logic without Kafka, one thread: changes of order items a second.
 *
 * <p>{@link #update} replaces one item by another of the same product, with groups and indexes in
 * memory as the topic way keeps those used lately. {@link #updateStoredState} does the same on
 * states kept as bytes: read, change, write, which the topic way does once a commit for a group
 * that has changed. What neither shows is the store itself; behind the indexes are sorted maps
 * here.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class ProductSalesBenchmark {
  private static final int PRODUCTS = 1000;
  private static final int ITEMS = 1 << 16;

  private record Item(int product, long orderId, long quantity, BigDecimal unitPrice) {
    BigDecimal revenue() {
      return unitPrice.multiply(BigDecimal.valueOf(quantity));
    }
  }

  private final Aggregation<Item> aggregation =
      new Aggregation<>(
          List.of(
              Aggregate.countDistinct(Item::orderId, ValueType.LONG),
              Aggregate.sumOfLongs(Item::quantity),
              Aggregate.sum(Item::revenue)));

  private Item[] before;
  private Item[] after;
  private List<Group<Item>> groups;
  private List<Group<Item>> stored;
  private byte[][] states;
  private final BinaryOutput out = new BinaryOutput();
  private int next;

  @Setup
  public void fillTheGroups() {
    SplittableRandom random = new SplittableRandom(7);
    groups = new ArrayList<>();
    stored = new ArrayList<>();
    for (int i = 0; i < PRODUCTS; i++) {
      groups.add(aggregation.emptyGroup(indexes()));
      stored.add(aggregation.emptyGroup(indexes()));
    }
    before = new Item[ITEMS];
    after = new Item[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
      before[i] = item(random, random.nextInt(PRODUCTS));
      after[i] = item(random, before[i].product());
      groups.get(before[i].product()).accumulate(aggregation.contributionOf(before[i]));
      stored.get(before[i].product()).accumulate(aggregation.contributionOf(before[i]));
    }
    states = new byte[PRODUCTS][];
    for (int i = 0; i < PRODUCTS; i++) {
      stored.get(i).write(out.reset());
      states[i] = out.toByteArray();
    }
  }

  private static OrderedIndex.Provider indexes() {
    return new OrderedIndex.Provider() {
      @Override
      public <V> OrderedIndex<V> index(int ordinal, ValueType<V> type) {
        return new CachedIndex<>(type, new SortedMapIndex<>(type), 4096);
      }
    };
  }

  private static Item item(SplittableRandom random, int product) {
    return new Item(
        product,
        random.nextLong(1, 20_000),
        random.nextLong(1, 5),
        BigDecimal.valueOf(random.nextLong(100, 50_000), 2));
  }

  @Benchmark
  public Group<Item> update() {
    int i = step();
    Group<Item> group = groups.get(before[i].product());
    replace(group, i);
    return group;
  }

  @Benchmark
  public byte[] updateStoredState() {
    int i = step();
    int product = before[i].product();
    Group<Item> group = stored.get(product);
    group.read(new BinaryInput(states[product]));
    replace(group, i);
    group.write(out.reset());
    states[product] = out.toByteArray();
    return states[product];
  }

  private int step() {
    int i = next;
    next = (i + 1) & (ITEMS - 1);
    return i;
  }

  /** Each pass over the items puts back what the one before took out. */
  private void replace(Group<Item> group, int i) {
    group.replace(aggregation.contributionOf(before[i]), aggregation.contributionOf(after[i]));
    Item swapped = before[i];
    before[i] = after[i];
    after[i] = swapped;
  }
}
