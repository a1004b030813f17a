package dev.cdcpipeline.shop.model;

import dev.cdcpipeline.shop.model.SimulatedSource.AuditedChange;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What each result must be: its SQL over the final rows, in a PostgreSQL. */
public final class Oracle implements AutoCloseable {
  static final Map<String, String> RESULTS = new LinkedHashMap<>();

  static {
    RESULTS.put(
        "product_sales",
        """
        SELECT oi.product_id, p.sku, p.name, p.category,
               count(DISTINCT oi.order_id) AS order_count,
               sum(oi.quantity) AS units_sold,
               sum(oi.quantity * oi.unit_price) AS total_revenue,
               round(sum(oi.quantity)::numeric / nullif(count(DISTINCT oi.order_id),0), 2) AS avg_quantity_per_order
        FROM order_items oi LEFT JOIN products p USING (product_id)
        WHERE oi.product_id IS NOT NULL
        GROUP BY oi.product_id, p.sku, p.name, p.category\
        """);
    RESULTS.put(
        "customer_order_summary",
        """
        SELECT c.customer_id, c.email, c.first_name || ' ' || c.last_name AS full_name,
               count(o.order_id) AS total_orders, coalesce(sum(o.total_amount), 0.00) AS total_spent,
               coalesce(round(avg(o.total_amount), 2), 0.00) AS avg_order_value, max(o.created_at) AS last_order_date
        FROM customers c LEFT JOIN orders o USING (customer_id)
        GROUP BY c.customer_id\
        """);
    RESULTS.put(
        "order_status_summary",
        """
        SELECT order_status, count(*) AS order_count, coalesce(sum(total_amount), 0.00) AS total_value
        FROM orders WHERE order_status IS NOT NULL GROUP BY order_status\
        """);
    RESULTS.put(
        "order_status_counts",
        """
        WITH marked AS (
          SELECT *, row_number() OVER history = 1 OR order_status IS DISTINCT FROM lag(order_status) OVER history AS begins
          FROM order_events WINDOW history AS (PARTITION BY order_id ORDER BY event_id)),
        numbered AS (
          SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY order_id ORDER BY event_id) AS stint FROM marked),
        stints AS (
          SELECT DISTINCT ON (order_id, stint) order_id, stint, order_status, total_amount,
                 min(event_timestamp) OVER (PARTITION BY order_id, stint) AS began
          FROM numbered ORDER BY order_id, stint, event_id DESC)
        SELECT date_trunc('hour', began) AS window_start, order_status, count(*) AS order_count,
               coalesce(sum(total_amount), 0.00) AS total_value
        FROM stints WHERE order_status IS NOT NULL GROUP BY 1, 2\
        """);
    RESULTS.put(
        "top_customers_hourly",
        """
        SELECT date_trunc('hour', created_at) AS window_start, customer_id,
               count(*) AS order_count, coalesce(sum(total_amount), 0.00) AS total_spent
        FROM orders WHERE created_at IS NOT NULL AND customer_id IS NOT NULL GROUP BY 1, 2\
        """);
    RESULTS.put(
        "data_quality_violations",
        """
        SELECT 'MISSING_CUSTOMER', 'orders', order_id AS row_key,
               coalesce('customer ' || o.customer_id || ' does not exist', 'order has no customer') AS detail
        FROM orders o LEFT JOIN customers c USING (customer_id) WHERE c.customer_id IS NULL
        UNION ALL
        SELECT 'NEGATIVE_AMOUNT', 'orders', order_id, 'total_amount is ' || total_amount
        FROM orders WHERE total_amount < 0
        UNION ALL
        SELECT 'NON_POSITIVE_QUANTITY', 'order_items', item_id, 'quantity is ' || quantity
        FROM order_items WHERE quantity <= 0
        UNION ALL
        SELECT 'ORDER_TOTAL_MISMATCH', 'orders', o.order_id,
               'total_amount is ' || o.total_amount || ', its items make ' || i.items_total
        FROM orders o
        CROSS JOIN LATERAL (SELECT coalesce(sum(quantity * unit_price), 0) AS items_total
                            FROM order_items WHERE order_items.order_id = o.order_id) i
        WHERE o.total_amount <> i.items_total\
        """);
  }

  private final Connection connection;

  /**
   * An oracle in tables that are the connection's own.
   *
   * @param connection closed with the oracle
   */
  public Oracle(Connection connection) throws SQLException {
    this.connection = connection;
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET timezone = 'UTC'");
      for (String table : ShopSchema.TABLES) {
        statement.execute(
            "CREATE TEMP TABLE "
                + table
                + " ("
                + ShopSchema.columns(table).entrySet().stream()
                    .map(column -> column.getKey() + " " + type(column.getValue()))
                    .collect(Collectors.joining(", "))
                + ", PRIMARY KEY ("
                + ShopSchema.key(table)
                + "))");
      }
      statement.execute(
          "CREATE TEMP TABLE order_events (event_id INT, order_id BIGINT, order_status TEXT,"
              + " total_amount NUMERIC(10,2), event_timestamp TIMESTAMP)");
    }
    connection.commit();
  }

  private static String type(String kind) {
    return switch (kind.replace("?", "")) {
      case "int" -> "BIGINT";
      case "money" -> "NUMERIC(10,2)";
      case "timestamp" -> "TIMESTAMP";
      default -> "TEXT";
    };
  }

  /** The rows of each result, each as its columns' texts. */
  public Map<String, TreeSet<String>> results(SimulatedSource source) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      StringBuilder sql = new StringBuilder();
      for (Map.Entry<String, TreeMap<Long, Map<String, Object>>> table :
          source.tables().entrySet()) {
        insert(
            sql,
            table.getKey(),
            table.getValue().values().stream().map(row -> values(table.getKey(), row)).toList());
      }
      insert(sql, "order_events", events(source.audit()));
      sql.append(String.join(";\n", RESULTS.values()));
      Map<String, TreeSet<String>> results = new LinkedHashMap<>();
      boolean isResult = statement.execute(sql.toString());
      for (String name : RESULTS.keySet()) {
        while (!isResult) {
          isResult = statement.getMoreResults();
        }
        results.put(name, rows(statement.getResultSet()));
        isResult = statement.getMoreResults();
      }
      return results;
    } finally {
      connection.rollback();
    }
  }

  private static void insert(StringBuilder sql, String table, List<String> rows) {
    if (!rows.isEmpty()) {
      sql.append("INSERT INTO ")
          .append(table)
          .append(" VALUES ")
          .append(String.join(", ", rows))
          .append(";\n");
    }
  }

  private static String values(String table, Map<String, Object> row) {
    return ShopSchema.columns(table).entrySet().stream()
        .map(column -> literal(column.getValue(), row.get(column.getKey())))
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static List<String> events(List<AuditedChange> audit) {
    int[] id = {0};
    return audit.stream()
        .map(
            change ->
                "("
                    + id[0]++
                    + ", "
                    + change.orderId()
                    + ", "
                    + literal("text", change.status())
                    + ", "
                    + literal("money", change.amount())
                    + ", "
                    + literal("timestamp", change.commitMicros())
                    + ")")
        .toList();
  }

  private static String literal(String kind, Object value) {
    if (value == null) {
      return "NULL";
    }
    return switch (kind.replace("?", "")) {
      case "timestamp" -> "'1970-01-01'::timestamp + '" + value + " microseconds'::interval";
      case "text" -> "'" + value + "'";
      default -> value.toString();
    };
  }

  private static TreeSet<String> rows(ResultSet result) throws SQLException {
    TreeSet<String> rows = new TreeSet<>();
    while (result.next()) {
      StringBuilder row = new StringBuilder();
      for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
        row.append(i == 1 ? "" : " | ").append(result.getString(i));
      }
      rows.add(row.toString());
    }
    return rows;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
