package dev.cdcpipeline.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.app.stack.Deployment;
import dev.cdcpipeline.app.stack.StackListener;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tables change while their changes flow; each scenario has columns of its own. */
@CdcStackTest(on = StackKind.EMBEDDED, ownStack = true)
class EvolutionIT {
  private final TableWay way;

  EvolutionIT(TableWay way) {
    this.way = way;
  }

  @Test
  void aColumnIsAddedAndDropped() {
    way.commit(
        "ALTER TABLE customers ADD COLUMN vip boolean",
        "UPDATE customers SET vip = true WHERE customer_id = 1");
    way.assertEqualToTheSource();
    assertThat(way.targetValue("SELECT vip FROM mirror.customers WHERE customer_id = 1"))
        .isEqualTo("t");

    way.commit(
        "ALTER TABLE customers DROP COLUMN vip",
        "UPDATE customers SET last_name = 'Smithson' WHERE customer_id = 1");
    way.assertEqualToTheSource();
    assertThat(way.targetValue("SELECT vip FROM mirror.customers WHERE customer_id = 1"))
        .as("a dropped column stays and is NULL from then on")
        .isNull();
  }

  @Test
  void aColumnIsWidened() {
    way.commit(
        "ALTER TABLE products ALTER COLUMN stock_quantity TYPE bigint",
        "UPDATE products SET stock_quantity = 5000000000 WHERE product_id = 1");

    way.assertEqualToTheSource();
    assertThat(way.targetValue("SELECT stock_quantity FROM mirror.products WHERE product_id = 1"))
        .isEqualTo("5000000000");
  }

  /**
   * Readers of the new schema could not make sense of the larger numbers of old events, so the
   * registry refuses a narrower type. Nothing is lost meanwhile.
   */
  @Test
  void aForbiddenChangeStopsTheSourceConnectorUntilItIsAllowed() throws Exception {
    way.commit(
        "ALTER TABLE products ADD COLUMN tier bigint NOT NULL DEFAULT 1",
        "UPDATE products SET tier = 2 WHERE product_id = 2");
    way.assertEqualToTheSource();

    way.commit(
        "ALTER TABLE products ALTER COLUMN tier TYPE int", "UPDATE products SET tier = tier + 1");
    new ConnectRest(way.stack().endpoints().connectUrl()).awaitStatus("shop-source", "FAILED");
    assertThat(way.targetValue("SELECT tier FROM mirror.products WHERE product_id = 2"))
        .as("the target stays at the commit before")
        .isEqualTo("2");

    setCompatibility("NONE");
    way.stack().awaitConnectors(Duration.ofSeconds(180));
    way.assertEqualToTheSource();
    assertThat(way.targetValue("SELECT tier FROM mirror.products WHERE product_id = 2"))
        .isEqualTo("3");
    new Deployment(way.stack().endpoints(), StackListener.NONE).requireCompatibleSchemas();
  }

  private void setCompatibility(String level) throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(way.stack().endpoints().registryUrl() + "/config"))
                    .header("Content-Type", "application/json")
                    .PUT(
                        HttpRequest.BodyPublishers.ofString(
                            "{\"compatibility\": \"" + level + "\"}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }
}
