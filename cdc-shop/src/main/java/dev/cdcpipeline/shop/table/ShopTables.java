package dev.cdcpipeline.shop.table;

import static dev.cdcpipeline.transforms.changelog.ColumnKind.DECIMAL;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.INTEGER;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.TEXT;
import static dev.cdcpipeline.transforms.changelog.ColumnKind.TIMESTAMP;

import dev.cdcpipeline.transforms.changelog.TableDefinition;

/** The four source tables, by the columns that the results need. */
public final class ShopTables {

  /** {@code public.customers}. */
  public static final TableDefinition<Customer> CUSTOMERS =
      TableDefinition.of("public", "customers")
          .key("customer_id", INTEGER)
          .column("email", TEXT)
          .column("first_name", TEXT)
          .column("last_name", TEXT)
          .rows(
              row ->
                  new Customer(
                      row.integer("customer_id"),
                      row.text("email"),
                      row.text("first_name"),
                      row.text("last_name")));

  /** {@code public.products}. */
  public static final TableDefinition<Product> PRODUCTS =
      TableDefinition.of("public", "products")
          .key("product_id", INTEGER)
          .column("sku", TEXT)
          .column("name", TEXT)
          .column("category", TEXT)
          .rows(
              row ->
                  new Product(
                      row.integer("product_id"),
                      row.text("sku"),
                      row.text("name"),
                      row.text("category")));

  /** {@code public.orders}. */
  public static final TableDefinition<Order> ORDERS =
      TableDefinition.of("public", "orders")
          .key("order_id", INTEGER)
          .column("customer_id", INTEGER)
          .column("order_status", TEXT)
          .column("total_amount", DECIMAL)
          .column("shipping_address", TEXT)
          .column("created_at", TIMESTAMP)
          .column("updated_at", TIMESTAMP)
          .rows(
              row ->
                  new Order(
                      row.integer("order_id"),
                      row.integer("customer_id"),
                      row.text("order_status"),
                      row.decimal("total_amount"),
                      row.text("shipping_address"),
                      row.timestamp("created_at"),
                      row.timestamp("updated_at")));

  /** {@code public.order_items}. */
  public static final TableDefinition<OrderItem> ORDER_ITEMS =
      TableDefinition.of("public", "order_items")
          .key("item_id", INTEGER)
          .column("order_id", INTEGER)
          .column("product_id", INTEGER)
          .column("quantity", INTEGER)
          .column("unit_price", DECIMAL)
          .rows(
              row ->
                  new OrderItem(
                      row.integer("item_id"),
                      row.integer("order_id"),
                      row.integer("product_id"),
                      row.integer("quantity"),
                      row.decimal("unit_price")));

  private ShopTables() {}
}
