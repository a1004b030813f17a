-- What each customer ordered in each UTC hour; the view has the ten who spent most.
-- result: top_customers_hourly
-- key: window_start, customer_id
-- maintain: delta
-- over: orders
-- count: order_count
-- add: order_count, total_spent
-- view: top_customers_hourly_ranked AS
--       SELECT window_start, rank, customer_id, order_count, total_spent
--       FROM (SELECT t.*, row_number() OVER (PARTITION BY window_start ORDER BY total_spent DESC, customer_id) AS rank
--             FROM top_customers_hourly t) ranked
--       WHERE rank <= 10

SELECT date_trunc('hour', created_at) AS window_start, customer_id,
       count(*) AS order_count, coalesce(sum(total_amount), 0) AS total_spent
FROM orders WHERE created_at IS NOT NULL AND customer_id IS NOT NULL GROUP BY 1, 2
