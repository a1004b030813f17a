-- What is in each status now.
-- result: order_status_summary
-- key: order_status
-- maintain: delta
-- over: orders
-- count: order_count
-- add: order_count, total_value

SELECT order_status, count(*) AS order_count, coalesce(sum(total_amount), 0) AS total_value
FROM orders WHERE order_status IS NOT NULL GROUP BY order_status
