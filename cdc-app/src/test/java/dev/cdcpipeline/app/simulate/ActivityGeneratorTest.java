package dev.cdcpipeline.app.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.simulate.IdSupply.Sequence;
import dev.cdcpipeline.app.simulate.ShopModel.Customer;
import dev.cdcpipeline.app.simulate.ShopModel.Product;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ActivityGeneratorTest {

  @Test
  void theSameSeedGivesTheSameTransactions() {
    assertThat(transactions(7, 3_000)).isEqualTo(transactions(7, 3_000));
  }

  @Test
  void anotherSeedGivesOtherTransactions() {
    assertThat(transactions(8, 100)).isNotEqualTo(transactions(7, 100));
  }

  @Test
  void everythingThatHappensInAShopHappens() {
    // When
    Map<Activity, Long> counts =
        transactions(1, 3_000).stream()
            .collect(Collectors.groupingBy(ShopTransaction::activity, Collectors.counting()));

    // Then
    assertThat(counts).containsOnlyKeys(Activity.values());
    assertThat(counts.get(Activity.ORDER_PLACED)).isGreaterThan(counts.get(Activity.STOCK_CHANGED));
  }

  @Test
  void anOrderIsInsertedGivenItemsAndTotalledInOneTransaction() {
    // When
    List<String> statements =
        transactions(3, 200).stream()
            .filter(transaction -> transaction.activity() == Activity.ORDER_PLACED)
            .findFirst()
            .orElseThrow()
            .statements()
            .stream()
            .map(statement -> statement.sql().split(" \\(| SET", 2)[0])
            .distinct()
            .toList();

    // Then
    assertThat(statements)
        .containsExactly(
            "INSERT INTO public.orders", "INSERT INTO public.order_items", "UPDATE public.orders");
  }

  @Test
  void aShopWithNothingInItBeginsWithACustomerOrAProduct() {
    // Given
    ActivityGenerator generator = new ActivityGenerator(5, new ShopModel(), new CountingIds());

    // When
    List<Activity> activities =
        IntStream.range(0, 500).mapToObj(i -> generator.next().activity()).toList();

    // Then
    assertThat(activities.get(0)).isIn(Activity.CUSTOMER_ADDED, Activity.PRODUCT_ADDED);
    assertThat(activities).contains(Activity.ORDER_PLACED);
  }

  private static List<ShopTransaction> transactions(long seed, int count) {
    ShopModel shop = new ShopModel();
    shop.customers.put(1, new Customer(1, "Alice", "Smith", 0));
    shop.products.put(1, new Product(1, new BigDecimal("49.99"), false));
    shop.products.put(2, new Product(2, new BigDecimal("1299.99"), false));
    ActivityGenerator generator = new ActivityGenerator(seed, shop, new CountingIds());
    return IntStream.range(0, count).mapToObj(i -> generator.next()).toList();
  }

  private static final class CountingIds implements IdSupply {
    private final Map<Sequence, Long> last = new EnumMap<>(Sequence.class);

    @Override
    public long next(Sequence sequence) {
      return last.merge(sequence, 100L, (old, unused) -> old + 1);
    }
  }
}
