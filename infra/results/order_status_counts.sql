-- Stints: the stretches of each order's history in one status, by the hour in which they began.
-- result: order_status_counts
-- key: window_start, order_status
-- maintain: delta
-- over: order_events
-- slice: order_id
-- count: order_count
-- add: order_count, total_value

SELECT date_trunc('hour', began) AS window_start, order_status,
       count(*) AS order_count, coalesce(sum(total_amount), 0) AS total_value
FROM (SELECT order_id, stint, order_status,
             min(event_timestamp) FILTER (WHERE begins) AS began,
             (array_agg(total_amount ORDER BY commit_seq DESC, source_lsn DESC, source_order DESC, event_id DESC))[1] AS total_amount
      FROM (SELECT *, count(*) FILTER (WHERE begins) OVER history AS stint
            FROM (SELECT *, row_number() OVER history = 1
                            OR order_status IS DISTINCT FROM lag(order_status) OVER history AS begins
                  FROM order_events
                  WINDOW history AS (PARTITION BY order_id ORDER BY commit_seq, source_lsn, source_order, event_id)) e
            WINDOW history AS (PARTITION BY order_id ORDER BY commit_seq, source_lsn, source_order, event_id)) s
      GROUP BY order_id, stint, order_status) stints
WHERE order_status IS NOT NULL
GROUP BY 1, 2
