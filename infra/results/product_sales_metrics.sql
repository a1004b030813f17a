-- What each product sold: the table that the product_sales stream keeps.
-- result: product_sales_metrics
-- key: product_id
-- maintain: delta
-- over: order_items
-- slice: order_id
-- recompute: order_count <= 0
-- add: order_count, units_sold, total_revenue
-- derive: avg_quantity_per_order = round(units_sold::numeric / nullif(order_count, 0), 2)
-- affected: products (product_id)
-- index: order_items (order_id)
-- index: order_items (product_id)

SELECT oi.product_id, p.sku, p.name, p.category,
       count(DISTINCT oi.order_id)                                              AS order_count,
       sum(oi.quantity)                                                         AS units_sold,
       sum(oi.quantity * oi.unit_price)                                         AS total_revenue,
       round(sum(oi.quantity)::numeric / nullif(count(DISTINCT oi.order_id),0), 2) AS avg_quantity_per_order
FROM order_items oi LEFT JOIN products p USING (product_id)
WHERE oi.product_id IS NOT NULL
GROUP BY oi.product_id, p.sku, p.name, p.category
