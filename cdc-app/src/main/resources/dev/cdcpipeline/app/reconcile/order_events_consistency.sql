-- Events that contradict the event before them in the life of their order: none, in a right log.
SELECT order_id, commit_seq, source_lsn, source_order, event_type, previous_type, reason
FROM (
    SELECT *, CASE
        WHEN previous_type IS NULL AND event_type NOT IN ('created', 'snapshot')
            THEN 'the first event of an order is created or snapshot'
        WHEN previous_type = 'deleted' AND event_type NOT IN ('created', 'snapshot')
            THEN 'a deleted order comes back only by created or snapshot'
        WHEN previous_type <> 'deleted' AND event_type = 'created'
            THEN 'an order that is there is not created again'
        WHEN event_type = 'deleted' AND (customer_id, order_status, total_amount)
                                        IS DISTINCT FROM (previous_customer, previous_status, previous_total)
            THEN 'a deleted event carries the last known values'
        WHEN repeated > 1
            THEN 'the same event is there twice'
        END AS reason
    FROM (
        SELECT order_id, commit_seq, source_lsn, source_order, event_type, customer_id, order_status, total_amount,
               lag(event_type) OVER history AS previous_type,
               lag(customer_id) OVER history AS previous_customer,
               lag(order_status) OVER history AS previous_status,
               lag(total_amount) OVER history AS previous_total,
               count(*) OVER (PARTITION BY order_id, commit_seq, source_lsn, source_order, event_type) AS repeated
        FROM order_events
        WINDOW history AS (PARTITION BY order_id ORDER BY commit_seq, source_lsn, source_order)) events) judged
WHERE reason IS NOT NULL
