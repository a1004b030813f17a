package dev.cdcpipeline.shop.topology;

import dev.cdcpipeline.model.analytics.ProductKey;
import dev.cdcpipeline.model.analytics.ProductSales;
import dev.cdcpipeline.shop.table.OrderItem;
import dev.cdcpipeline.shop.table.Product;
import dev.cdcpipeline.transforms.aggregate.Aggregate;
import dev.cdcpipeline.transforms.aggregate.ValueType;
import dev.cdcpipeline.transforms.pipeline.GroupResults;
import dev.cdcpipeline.transforms.pipeline.ResultTopic;
import dev.cdcpipeline.transforms.pipeline.Table;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Result 2: what was sold of each product, by its items; the product's columns are null until it is
 * known.
 */
public final class ProductSalesTopic {
  private static final Aggregate<OrderItem, ?, Long> ORDERS =
      Aggregate.countDistinct(OrderItem::orderId, ValueType.LONG);
  private static final Aggregate<OrderItem, ?, Long> UNITS =
      Aggregate.sumOfLongs(OrderItem::quantity);
  private static final Aggregate<OrderItem, ?, BigDecimal> REVENUE =
      Aggregate.sum(OrderItem::amount);

  /** Adds it to the pipeline of both tables. */
  public static void add(
      Table<OrderItem> items,
      Table<Product> products,
      ResultTopic<ProductKey, ProductSales> topic) {
    items
        .groupBy("product-sales", ValueType.LONG, OrderItem::productId)
        .leftJoin(products)
        .aggregate(ORDERS, UNITS, REVENUE)
        .to(topic, ProductKey::new, ProductSalesTopic::row);
  }

  private static ProductSales row(Long productId, Product product, GroupResults results) {
    long orders = results.get(ORDERS);
    long units = results.get(UNITS);
    return new ProductSales(
        productId,
        product == null ? null : product.sku(),
        product == null ? null : product.name(),
        product == null ? null : product.category(),
        orders,
        units,
        Money.of(results.get(REVENUE)),
        orders == 0
            ? null
            : BigDecimal.valueOf(units).divide(BigDecimal.valueOf(orders), 2, RoundingMode.HALF_UP),
        results.sourceLsn().toString());
  }

  private ProductSalesTopic() {}
}
