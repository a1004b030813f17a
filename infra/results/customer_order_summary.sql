-- Each customer's orders. A customer without orders has a row of zeros.
-- The differences come from the orders alone; max is computed anew when the latest order goes.
-- result: customer_order_summary
-- key: customer_id
-- maintain: delta
-- over: orders
-- measures: SELECT customer_id, count(*) AS total_orders, sum(total_amount) AS total_spent,
--           count(total_amount) AS priced_orders, max(created_at) AS last_order_date
--           FROM orders WHERE customer_id IS NOT NULL GROUP BY customer_id
-- add: total_orders, total_spent, priced_orders
-- max: last_order_date
-- derive: avg_order_value = coalesce(round(total_spent / nullif(priced_orders, 0), 2), 0)
-- affected: customers (customer_id)
-- index: orders (customer_id)

SELECT c.customer_id, c.email, c.first_name || ' ' || c.last_name AS full_name,
       count(o.order_id) AS total_orders, coalesce(sum(o.total_amount), 0) AS total_spent,
       coalesce(round(avg(o.total_amount), 2), 0) AS avg_order_value, max(o.created_at) AS last_order_date
FROM customers c LEFT JOIN orders o USING (customer_id)
GROUP BY c.customer_id
