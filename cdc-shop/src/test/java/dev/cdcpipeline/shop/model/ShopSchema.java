package dev.cdcpipeline.shop.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The columns of the simulated tables: name → kind, the key first. */
public final class ShopSchema {
  public static final List<String> TABLES =
      List.of("customers", "products", "orders", "order_items");

  private static final Map<String, Map<String, String>> COLUMNS =
      Map.of(
          "customers",
          columns("customer_id int", "email text", "first_name text", "last_name text"),
          "products",
          columns("product_id int", "sku text", "name text", "description text?", "category text?"),
          "orders",
          columns(
              "order_id int",
              "customer_id int?",
              "order_status text?",
              "total_amount money?",
              "shipping_address text?",
              "created_at timestamp?",
              "updated_at timestamp?"),
          "order_items",
          columns(
              "item_id int",
              "order_id int?",
              "product_id int?",
              "quantity int",
              "unit_price money"));

  static Map<String, String> columns(String table) {
    return COLUMNS.get(table);
  }

  /** The key column of a table. */
  public static String key(String table) {
    return COLUMNS.get(table).keySet().iterator().next();
  }

  private static Map<String, String> columns(String... definitions) {
    Map<String, String> columns = new LinkedHashMap<>();
    for (String definition : definitions) {
      String[] parts = definition.split(" ");
      columns.put(parts[0], parts[1]);
    }
    return columns;
  }

  private ShopSchema() {}
}
