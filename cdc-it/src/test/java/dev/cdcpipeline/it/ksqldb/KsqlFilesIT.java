package dev.cdcpipeline.it.ksqldb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.it.CdcStackTest;
import dev.cdcpipeline.it.TableWay;
import dev.cdcpipeline.model.serde.HttpSchemaRegistry;
import dev.cdcpipeline.model.serde.RegisteredSchema;
import dev.cdcpipeline.model.serde.RegistryOptions;
import dev.cdcpipeline.model.serde.SchemaRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The files of {@code infra/ksqldb}, read in order against the schemas that a running pipeline has
 * registered.
 */
@CdcStackTest
class KsqlFilesIT {
  private static final Path DIRECTORY = Path.of("..", "infra", "ksqldb");
  private static final List<String> FILES =
      List.of("01-sources.sql", "02-lookups.sql", "03-results.sql", "04-monitoring.sql");

  private final TableWay way;
  private final List<String> problems = new ArrayList<>();
  private SchemaRegistry registry;
  private KsqlChecker checker;

  KsqlFilesIT(TableWay way) {
    this.way = way;
  }

  @BeforeEach
  void readTheFiles() throws IOException {
    // each table needs a change, or its topic has no schema
    way.commit(
        "INSERT INTO orders (customer_id, total_amount) SELECT max(customer_id), 10 FROM customers",
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price)"
            + " SELECT max(order_id), (SELECT max(product_id) FROM products), 1, 10 FROM orders");
    way.awaitArrival();
    registry =
        HttpSchemaRegistry.connect(
            RegistryOptions.of(
                Map.of("schema.registry.url", way.stack().endpoints().registryUrl())));
    checker = new KsqlChecker(subject -> registry.latest(subject).map(RegisteredSchema::schema));
    for (String file : FILES) {
      checker
          .check(Files.readString(DIRECTORY.resolve(file)))
          .forEach(problem -> problems.add(file + " " + problem));
    }
  }

  @AfterEach
  void close() {
    registry.close();
  }

  @Test
  void everyStatementIsOneThatKsqlDbTakes() {
    assertThat(problems).isEmpty();
    try (var files = Files.newDirectoryStream(DIRECTORY, "*.sql")) {
      assertThat(files)
          .extracting(file -> file.getFileName().toString())
          .containsExactlyInAnyOrderElementsOf(FILES);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void everythingOfTheTutorialIsThereUnderItsName() {
    assertThat(checker.made())
        .contains("CUSTOMERS_CDC", "PRODUCTS_CDC", "ORDERS_CDC", "ORDER_ITEMS_CDC");
    assertThat(checker.columns("CUSTOMERS_TABLE"))
        .contains(
            "CUSTOMER_ID",
            "EMAIL",
            "FIRST_NAME",
            "LAST_NAME",
            "FULL_NAME",
            "CREATED_AT",
            "UPDATED_AT");
    assertThat(checker.columns("PRODUCTS_TABLE"))
        .contains("PRODUCT_ID", "SKU", "NAME", "PRICE", "CATEGORY", "STOCK_QUANTITY");
    assertThat(checker.columns("ORDERS_ENRICHED"))
        .contains(
            "ORDER_ID",
            "CUSTOMER_ID",
            "CUSTOMER_EMAIL",
            "CUSTOMER_NAME",
            "ORDER_STATUS",
            "TOTAL_AMOUNT",
            "SHIPPING_ADDRESS",
            "ORDER_CREATED_AT",
            "ORDER_UPDATED_AT",
            "OPERATION",
            "SOURCE_TIMESTAMP");
    assertThat(checker.columns("ORDER_STATUS_COUNTS"))
        .contains("ORDER_STATUS", "ORDER_COUNT", "TOTAL_VALUE");
    assertThat(checker.columns("PRODUCT_SALES"))
        .contains("PRODUCT_ID", "ORDER_COUNT", "UNITS_SOLD", "TOTAL_REVENUE", "AVG_QUANTITY");
    assertThat(checker.columns("TOP_CUSTOMERS_HOURLY"))
        .contains("CUSTOMER_ID", "ORDER_COUNT", "TOTAL_SPENT");
  }

  @Test
  void theConnectorsOfConfluentWriteWhatTheirTablesHave() throws Exception {
    JdbcSinkFiles files = new JdbcSinkFiles(way.stack().targetAdminJdbcUrl(), checker);

    assertThat(files.names())
        .containsExactlyInAnyOrder(
            "jdbc-sink-order-events",
            "jdbc-sink-product-sales",
            "jdbc-sink-ksqldb-order-events",
            "jdbc-sink-ksqldb-product-sales");
    assertThat(files.problems()).isEmpty();
  }
}
