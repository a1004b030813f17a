SELECT date_trunc('hour', created_at) AS window_start, customer_id,
       count(*) AS order_count, coalesce(sum(total_amount), 0) AS total_spent
FROM orders WHERE created_at IS NOT NULL AND customer_id IS NOT NULL GROUP BY 1, 2
