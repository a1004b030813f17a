-- An order with a negative total.
-- result: data_quality_violations
-- rule: NEGATIVE_AMOUNT
-- key: order_id
-- maintain: violations
-- over: orders
-- affected: orders (order_id)

SELECT order_id, 'total_amount is ' || total_amount AS detail
FROM orders
WHERE total_amount < 0
