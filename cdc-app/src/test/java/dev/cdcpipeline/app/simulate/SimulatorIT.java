package dev.cdcpipeline.app.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.ShopDatabases;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SimulatorIT {

  @Test
  void theSameSeedLeavesTheSameShopHoweverManyConnectionsRan() throws SQLException {
    // Given
    ShopDatabases one = ShopDatabases.create();
    ShopDatabases other = ShopDatabases.create();

    // When
    SimulationReport first = simulate(one, 11, 2_000, 1);
    SimulationReport second = simulate(other, 11, 2_000, 8);

    // Then
    assertThat(first.failed()).isZero();
    assertThat(second.failed()).isZero();
    assertThat(first.transactions()).isEqualTo(2_000);
    assertThat(second.byActivity()).isEqualTo(first.byActivity());
    assertThat(digest(other)).isEqualTo(digest(one));
  }

  @Test
  void everyOrdersTotalIsTheSumOfItsItems() throws SQLException {
    // Given
    ShopDatabases shop = ShopDatabases.create();

    // When
    simulate(shop, 3, 1_000, 4);

    // Then
    assertThat(
            ShopDatabases.value(
                shop.sourceUrl(),
                "SELECT count(*) FROM orders o WHERE total_amount IS DISTINCT FROM (SELECT"
                    + " coalesce(sum(quantity * unit_price), 0) FROM order_items i"
                    + " WHERE i.order_id = o.order_id)"))
        .isEqualTo("0");
  }

  @Test
  void aSecondRunGoesOnWithTheShopTheFirstOneLeft() throws SQLException {
    ShopDatabases shop = ShopDatabases.create();
    simulate(shop, 3, 500, 2);

    SimulationReport second = simulate(shop, 3, 500, 2);

    assertThat(second.failed()).isZero();
    assertThat(second.transactions()).isEqualTo(500);
  }

  @Test
  void holdsTheRateAndStopsWhenTheTimeIsOver() throws SQLException {
    ShopDatabases shop = ShopDatabases.create();

    SimulationReport report =
        new Simulator(shop.sourceUrl(), SimulationOptions.of(200, Duration.ofSeconds(2), 1)).run();

    assertThat(report.transactions() + report.failed()).isBetween(398L, 400L);
    assertThat(report.elapsed()).isBetween(Duration.ofMillis(1_990), Duration.ofSeconds(4));
  }

  @Test
  void theAuditHoldsWhatEveryOrderWentThrough() throws SQLException {
    // Given
    ShopDatabases shop = ShopDatabases.create();
    simulate(shop, 4, 200, 2);
    assertThat(OrderAudit.install(shop.sourceUrl())).isTrue();
    assertThat(OrderAudit.install(shop.sourceUrl())).isFalse();

    // When
    simulate(shop, 5, 1_000, 4);
    shop.onSource("TRUNCATE orders, order_items");

    // Then
    assertThat(
            ShopDatabases.value(
                shop.sourceUrl(),
                "SELECT string_agg(DISTINCT event_type, ' ' ORDER BY event_type) FROM order_audit"))
        .isEqualTo("baseline created deleted updated");
    assertThat(
            ShopDatabases.value(
                shop.sourceUrl(),
                "SELECT count(*) FROM (SELECT DISTINCT ON (order_id) event_type FROM order_audit"
                    + " ORDER BY order_id, audit_id DESC) last WHERE event_type <> 'deleted'"))
        .isEqualTo("0");
  }

  private static SimulationReport simulate(
      ShopDatabases shop, long seed, long transactions, int connections) {
    return new Simulator(
            shop.sourceUrl(),
            new SimulationOptions(
                SimulationOptions.MAX_RATE, Duration.ofMinutes(2), transactions, seed, connections))
        .run();
  }

  private static String digest(ShopDatabases shop) throws SQLException {
    return ShopDatabases.value(
        shop.sourceUrl(),
        "SELECT md5(string_agg(row, '|' ORDER BY row)) FROM ("
            + "SELECT (to_jsonb(t) - 'created_at' - 'updated_at')::text AS row FROM customers t"
            + " UNION ALL SELECT (to_jsonb(t) - 'created_at' - 'updated_at')::text FROM products t"
            + " UNION ALL SELECT (to_jsonb(t) - 'created_at' - 'updated_at')::text FROM orders t"
            + " UNION ALL SELECT (to_jsonb(t) - 'created_at')::text FROM order_items t) rows");
  }
}
