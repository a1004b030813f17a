SELECT order_status, count(*) AS order_count, coalesce(sum(total_amount), 0) AS total_value
FROM orders WHERE order_status IS NOT NULL GROUP BY order_status
