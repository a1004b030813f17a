package dev.cdcpipeline.transforms.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.model.event.Lsn;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.Aggregation;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.changelog.TableStores;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When groups are written and passed on: the driver of topologies commits after each record. */
class GroupTableTest {
  private record Sale(long product, long order, long units) {}

  private static final Aggregate<Sale, ?, Long> ORDERS =
      Aggregate.countDistinct(Sale::order, ValueType.LONG);
  private static final Aggregate<Sale, ?, Long> UNITS = Aggregate.sumOfLongs(Sale::units);

  private final GroupedResult<Sale, Long, Void, Long, String> result =
      new GroupedResult<>(
          "sales",
          ValueType.LONG,
          new Aggregation<>(List.of(ORDERS, UNITS)),
          GroupedResult.Join.NONE,
          null,
          product -> product,
          (product, none, results) -> results.get(ORDERS) + " orders, " + results.get(UNITS));
  private final MockProcessorContext<Long, String> context = new MockProcessorContext<>();
  private final Map<String, StateStore> stores = new HashMap<>();
  private final Map<Long, String> rows = new TreeMap<>();
  private GroupTable<Sale, Long, Void, Long, String> table;
  private long lsn;

  @BeforeEach
  void openStores() {
    for (String name : List.of(result.groupStore(), result.indexStore())) {
      StateStore store =
          Stores.keyValueStoreBuilder(
                  Stores.inMemoryKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
              .withLoggingDisabled()
              .build();
      store.init(context.getStateStoreContext(), store);
      stores.put(name, store);
    }
    table = tableOfTheStores();
  }

  private GroupTable<Sale, Long, Void, Long, String> tableOfTheStores() {
    return new GroupTable<>(
        result,
        new TableStores.ByName() {
          @Override
          @SuppressWarnings("unchecked") // as a processor's context does
          public <S extends StateStore> S getStateStore(String name) {
            return (S) stores.get(name);
          }
        });
  }

  private void add(Sale sale) {
    apply(sale, new GroupDelta(new Lsn(++lsn), null, result.aggregation().contributionOf(sale)));
  }

  private void remove(Sale sale) {
    apply(sale, new GroupDelta(new Lsn(++lsn), result.aggregation().contributionOf(sale), null));
  }

  private void apply(Sale sale, GroupDelta delta) {
    table.apply(ValueType.LONG.toBytes(sale.product()), delta, lsn);
  }

  /** How many rows were passed on. */
  private int commit() {
    table.pass(context);
    int count = context.forwarded().size();
    context
        .forwarded()
        .forEach(
            forwarded -> {
              if (forwarded.record().value() == null) {
                rows.remove(forwarded.record().key());
              } else {
                rows.put(forwarded.record().key(), forwarded.record().value());
              }
            });
    context.resetForwards();
    return count;
  }

  @Test
  void allChangesOfAGroupBeforeACommitAreOneRow() {
    add(new Sale(1, 10, 2));
    add(new Sale(1, 10, 3));
    add(new Sale(1, 11, 4));
    add(new Sale(2, 11, 1));

    assertThat(commit()).isEqualTo(2);
    assertThat(rows).containsEntry(1L, "2 orders, 9").containsEntry(2L, "1 orders, 1");
  }

  @Test
  void aRowThatIsAsItWasIsNotPassedOnAgain() {
    add(new Sale(1, 10, 2));
    commit();

    add(new Sale(1, 11, 3));
    remove(new Sale(1, 11, 3));

    assertThat(commit()).isZero();
    assertThat(table.isPending()).isFalse();
  }

  @Test
  void aGroupThatComesAndGoesBeforeACommitIsNeverSeen() {
    add(new Sale(1, 10, 2));
    remove(new Sale(1, 10, 2));

    assertThat(commit()).isZero();
  }

  @Test
  void aRowThatIsGoneIsPassedOnAsNull() {
    add(new Sale(1, 10, 2));
    commit();
    remove(new Sale(1, 10, 2));

    assertThat(commit()).isEqualTo(1);
    assertThat(rows).isEmpty();
  }

  @Test
  void whatACommitWroteIsFoundAgain() {
    add(new Sale(1, 10, 2));
    commit();
    table = tableOfTheStores();
    add(new Sale(1, 10, 3));
    commit();

    assertThat(rows).containsEntry(1L, "1 orders, 5");
  }

  /** As when a task becomes a standby and active again: its stores stay open. */
  @Test
  void processorsThatBeginAgainSeeWhatAnotherInstanceHasWritten() {
    GroupTableStore store = new GroupTableStore.Builder(result.tableStore()).build();
    store.init(context.getStateStoreContext(), store);
    stores.put(result.tableStore(), store);
    stores.values().forEach(context::addStateStore);
    GroupRowsProcessor<Sale, Long, Void, Long, String> processor = new GroupRowsProcessor<>(result);
    processor.init(context);
    table = store.table(result, context::getStateStore);
    add(new Sale(1, 10, 2));
    commit();

    processor.close();
    table = tableOfTheStores();
    add(new Sale(1, 11, 3));
    commit();
    processor.init(context);
    table = store.table(result, context::getStateStore);
    add(new Sale(1, 12, 4));
    commit();

    assertThat(rows).containsEntry(1L, "3 orders, 9");
  }

  /** More groups and values than are kept in memory. */
  @Test
  void whatMemoryHasForgottenIsFoundAgain() {
    SplittableRandom random = new SplittableRandom(3);
    Map<Long, Map<Long, Long>> expected = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      // one group in ten sales, so that it has many orders, the others among many groups
      long product = random.nextInt(10) == 0 ? 0 : random.nextInt(15_000);
      Sale sale = new Sale(product, random.nextInt(6_000), 1);
      add(sale);
      expected
          .computeIfAbsent(product, p -> new HashMap<>())
          .merge(sale.order(), sale.units(), Long::sum);
      if (table.isFull() || random.nextInt(3_000) == 0) {
        commit();
      }
    }
    commit();

    assertThat(rows).hasSameSizeAs(expected);
    expected.forEach(
        (product, orders) ->
            assertThat(rows.get(product))
                .isEqualTo(
                    orders.size()
                        + " orders, "
                        + orders.values().stream().mapToLong(Long::longValue).sum()));
  }
}
