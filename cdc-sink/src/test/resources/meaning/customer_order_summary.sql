SELECT c.customer_id, c.email, c.first_name || ' ' || c.last_name AS full_name,
       count(o.order_id) AS total_orders, coalesce(sum(o.total_amount), 0) AS total_spent,
       coalesce(round(avg(o.total_amount), 2), 0) AS avg_order_value, max(o.created_at) AS last_order_date
FROM customers c LEFT JOIN orders o USING (customer_id)
GROUP BY c.customer_id
