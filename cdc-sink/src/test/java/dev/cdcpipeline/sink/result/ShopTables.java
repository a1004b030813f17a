package dev.cdcpipeline.sink.result;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The four source tables' columns and types, as mirrors have them. */
public final class ShopTables {
  public static final Map<String, Map<String, String>> COLUMNS = new LinkedHashMap<>();
  public static final Map<String, String> KEYS =
      Map.of(
          "customers",
          "customer_id",
          "products",
          "product_id",
          "orders",
          "order_id",
          "order_items",
          "item_id");

  static {
    table(
        "customers",
        "customer_id int",
        "email varchar(255)",
        "first_name varchar(100)",
        "last_name varchar(100)",
        "created_at timestamp",
        "updated_at timestamp");
    table(
        "products",
        "product_id int",
        "sku varchar(50)",
        "name varchar(255)",
        "description text",
        "price numeric(10,2)",
        "category varchar(100)",
        "stock_quantity int",
        "created_at timestamp",
        "updated_at timestamp");
    table(
        "orders",
        "order_id int",
        "customer_id int",
        "order_status varchar(50)",
        "total_amount numeric(10,2)",
        "shipping_address text",
        "created_at timestamp",
        "updated_at timestamp");
    table(
        "order_items",
        "item_id int",
        "order_id int",
        "product_id int",
        "quantity int",
        "unit_price numeric(10,2)",
        "created_at timestamp");
  }

  private ShopTables() {}

  private static void table(String name, String... columns) {
    Map<String, String> types = new LinkedHashMap<>();
    for (String column : columns) {
      int blank = column.indexOf(' ');
      types.put(column.substring(0, blank), column.substring(blank + 1));
    }
    COLUMNS.put(name, types);
  }

  static List<String> columns(String table) {
    return new ArrayList<>(COLUMNS.get(table).keySet());
  }

  static String definition(String table) {
    List<String> parts = new ArrayList<>();
    COLUMNS.get(table).forEach((c, t) -> parts.add(c + " " + t));
    return String.join(", ", parts);
  }
}
