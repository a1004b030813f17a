-- An order whose customer does not exist, or that has none.
-- result: data_quality_violations
-- rule: MISSING_CUSTOMER
-- key: order_id
-- maintain: violations
-- over: orders
-- affected: orders (order_id)
-- affected: customers: SELECT o.order_id FROM orders o JOIN changed_customers c USING (customer_id)
-- index: orders (customer_id)

SELECT o.order_id, coalesce('customer ' || o.customer_id || ' does not exist', 'order has no customer') AS detail
FROM orders o LEFT JOIN customers c USING (customer_id)
WHERE c.customer_id IS NULL
