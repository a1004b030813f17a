-- The stints of order_status_counts over the log, found as islands: within an order, an event's number among all less its number among
-- those with its status is the same for all events of a stint, and for no other stint in that status.
WITH numbered AS (
    SELECT order_id, order_status, total_amount, event_timestamp,
           row_number() OVER (PARTITION BY order_id ORDER BY commit_seq, source_lsn, source_order) AS n,
           row_number() OVER (PARTITION BY order_id, order_status ORDER BY commit_seq, source_lsn, source_order) AS m
    FROM order_events
), stints AS (
    SELECT DISTINCT ON (order_id, order_status, n - m) order_status, total_amount,
           first_value(event_timestamp) OVER (PARTITION BY order_id, order_status, n - m ORDER BY n) AS began
    FROM numbered
    WHERE order_status IS NOT NULL
    ORDER BY order_id, order_status, n - m, n DESC
)
SELECT date_trunc('hour', began) AS window_start, order_status,
       count(*) AS order_count, coalesce(sum(total_amount), 0) AS total_value
FROM stints
GROUP BY 1, 2
