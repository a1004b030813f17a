package dev.cdcpipeline.model.shop;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.event.ToastableText;
import dev.cdcpipeline.model.serde.Projection;
import java.math.BigDecimal;

/**
 * One of the shop's products.
 *
 * @param price with the scale it was written with
 * @param createdAt microseconds since 1970-01-01T00:00, as {@code updatedAt}
 */
public record Product(
    long productId,
    String sku,
    String name,
    ToastableText description,
    BigDecimal price,
    String category,
    Long stockQuantity,
    Long createdAt,
    Long updatedAt) {

  /** Reads it from change events. */
  public static final Projection<Product> PROJECTION =
      Projection.<Product>columns()
          .required("product_id", ColumnType.INT64)
          .optional("sku", ColumnType.STRING)
          .optional("name", ColumnType.STRING)
          .toastable("description")
          .optional("price", ColumnType.DECIMAL)
          .optional("category", ColumnType.STRING)
          .optional("stock_quantity", ColumnType.INT64)
          .optional("created_at", ColumnType.TIMESTAMP_MICROS)
          .optional("updated_at", ColumnType.TIMESTAMP_MICROS)
          .rows(
              row ->
                  new Product(
                      (Long) row.get(0),
                      (String) row.get(1),
                      (String) row.get(2),
                      ToastableText.of(row.get(3)),
                      (BigDecimal) row.get(4),
                      (String) row.get(5),
                      (Long) row.get(6),
                      (Long) row.get(7),
                      (Long) row.get(8)));
}
