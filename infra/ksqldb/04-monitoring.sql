-- The checks and monitoring queries of the tutorial, for the ksqlDB prompt: paste one at a time.
-- The queries from "Until Ctrl-C" on never end by themselves, so `ksql --file` is not for this file.
SET 'auto.offset.reset' = 'earliest';

SHOW STREAMS;
SHOW TABLES;
DESCRIBE product_sales EXTENDED;

SELECT * FROM orders_enriched EMIT CHANGES LIMIT 5;
SELECT * FROM product_sales;
SELECT * FROM order_status_counts;

-- Until Ctrl-C: changes of orders in each minute, and when the last one was committed. (The
-- tutorial groups by TOPIC, which is no column but a reserved word. Lag is a matter of consumer
-- groups: `./cdc status`, or kafka-consumer-groups --describe.)
SELECT
    'orders' AS topic_name,
    COUNT(*) AS message_count,
    FROM_UNIXTIME(MAX(source->ts_ms)) AS latest_event
FROM orders_cdc
WINDOW TUMBLING (SIZE 1 MINUTE)
GROUP BY 'orders'
EMIT CHANGES;

-- Until Ctrl-C: orders whose customer is not known, or was deleted. A later correction does not
-- take the line back. The table data_quality_violations does (docs/semantics.md, section 8).
SELECT order_id, customer_id, 'MISSING_CUSTOMER' AS error_type
FROM orders_enriched
WHERE customer_id IS NOT NULL AND customer_name IS NULL
EMIT CHANGES;

-- Until Ctrl-C: rows that ksqlDB could not process, with the reason in message.
SELECT * FROM KSQL_PROCESSING_LOG EMIT CHANGES;
