package dev.cdcpipeline.model.shop;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.ToastableText;
import dev.cdcpipeline.model.serde.Projection;
import java.math.BigDecimal;

/**
 * One of the shop's orders.
 *
 * @param totalAmount with the scale it was written with
 * @param createdAt microseconds since 1970-01-01T00:00, as {@code updatedAt}
 */
public record Order(
    long orderId,
    Long customerId,
    String orderStatus,
    BigDecimal totalAmount,
    ToastableText shippingAddress,
    Long createdAt,
    Long updatedAt) {

  /** Reads it from change events. */
  public static final Projection<Order> PROJECTION =
      Projection.<Order>columns()
          .required("order_id", ColumnType.INT64)
          .optional("customer_id", ColumnType.INT64)
          .optional("order_status", ColumnType.STRING)
          .optional("total_amount", ColumnType.DECIMAL)
          .toastable("shipping_address")
          .optional("created_at", ColumnType.TIMESTAMP_MICROS)
          .optional("updated_at", ColumnType.TIMESTAMP_MICROS)
          .rows(
              row ->
                  new Order(
                      (Long) row.get(0),
                      (Long) row.get(1),
                      (String) row.get(2),
                      (BigDecimal) row.get(3),
                      ToastableText.of(row.get(4)),
                      (Long) row.get(5),
                      (Long) row.get(6)));
}
