package dev.cdcpipeline.model.shop;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.serde.Projection;
import java.math.BigDecimal;

/**
 * One product of an order.
 *
 * @param unitPrice with the scale it was written with
 * @param createdAt microseconds since 1970-01-01T00:00
 */
public record OrderItem(
    long itemId,
    Long orderId,
    Long productId,
    Long quantity,
    BigDecimal unitPrice,
    Long createdAt) {

  /** Reads it from change events. */
  public static final Projection<OrderItem> PROJECTION =
      Projection.<OrderItem>columns()
          .required("item_id", ColumnType.INT64)
          .optional("order_id", ColumnType.INT64)
          .optional("product_id", ColumnType.INT64)
          .optional("quantity", ColumnType.INT64)
          .optional("unit_price", ColumnType.DECIMAL)
          .optional("created_at", ColumnType.TIMESTAMP_MICROS)
          .rows(
              row ->
                  new OrderItem(
                      (Long) row.get(0),
                      (Long) row.get(1),
                      (Long) row.get(2),
                      (Long) row.get(3),
                      (BigDecimal) row.get(4),
                      (Long) row.get(5)));
}
