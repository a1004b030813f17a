-- An order whose total has differed from the sum of its items for longer than the grace period.
-- result: data_quality_violations
-- rule: ORDER_TOTAL_MISMATCH
-- key: order_id
-- maintain: violations
-- over: orders
-- grace: 30 s
-- affected: orders (order_id)
-- affected: order_items (order_id)
-- index: order_items (order_id)

SELECT o.order_id, 'total_amount is ' || o.total_amount || ', its items make ' || i.items_total AS detail
FROM orders o
CROSS JOIN LATERAL (SELECT coalesce(sum(quantity * unit_price), 0) AS items_total
                    FROM order_items WHERE order_items.order_id = o.order_id) i
WHERE o.total_amount <> i.items_total
