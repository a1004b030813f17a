-- One row for each change of an order, with its customer as of that very commit.
-- result: order_events
-- maintain: log
-- over: orders
-- lookup: customers (customer_id)
-- identity: event_id
-- key: commit_seq, source_lsn, source_order, order_id, event_type
-- index: order_events (order_id)

SELECT o.order_id, o.customer_id, c.email AS customer_email,
       CASE o._cdc_op WHEN 'r' THEN 'snapshot' WHEN 'c' THEN 'created' WHEN 'u' THEN 'updated' ELSE 'deleted' END AS event_type,
       o.order_status, o.total_amount, o._cdc_commit_time AS event_timestamp,
       o._cdc_commit_seq AS commit_seq, o._cdc_lsn AS source_lsn, o._cdc_source_order AS source_order
FROM orders o LEFT JOIN customers c USING (_cdc_ordinal)
