package dev.cdcpipeline.model.shop;

import dev.cdcpipeline.model.event.ColumnType;
import dev.cdcpipeline.model.serde.Projection;

/**
 * One of the shop's customers.
 *
 * @param createdAt microseconds since 1970-01-01T00:00, as {@code updatedAt}
 */
public record Customer(
    long customerId,
    String email,
    String firstName,
    String lastName,
    Long createdAt,
    Long updatedAt) {

  /** Reads it from change events. */
  public static final Projection<Customer> PROJECTION =
      Projection.<Customer>columns()
          .required("customer_id", ColumnType.INT64)
          .optional("email", ColumnType.STRING)
          .optional("first_name", ColumnType.STRING)
          .optional("last_name", ColumnType.STRING)
          .optional("created_at", ColumnType.TIMESTAMP_MICROS)
          .optional("updated_at", ColumnType.TIMESTAMP_MICROS)
          .rows(
              row ->
                  new Customer(
                      (Long) row.get(0),
                      (String) row.get(1),
                      (String) row.get(2),
                      (String) row.get(3),
                      (Long) row.get(4),
                      (Long) row.get(5)));
}
