-- The tutorial's monitoring queries, for the ksqlDB prompt. Not run by this project's tests (see 01). Push queries: end each with Ctrl-C.
SET 'auto.offset.reset' = 'earliest';

-- Changes of orders in each minute, and when the last one was committed. (The tutorial groups by TOPIC, which is no column; lag is a matter
-- of consumer groups: `./cdc status`, or kafka-consumer-groups --describe.)
SELECT
    'orders' AS topic,
    COUNT(*) AS message_count,
    FROM_UNIXTIME(MAX(source->ts_ms)) AS latest_commit
FROM orders_cdc
WINDOW TUMBLING (SIZE 1 MINUTE)
GROUP BY 'orders'
EMIT CHANGES;

-- Orders whose customer is not known. A later correction does not take the line back; data_quality_violations does (docs/results.md).
SELECT order_id, customer_id, 'MISSING_CUSTOMER' AS error_type
FROM orders_enriched
WHERE customer_id IS NOT NULL AND customer_name IS NULL
EMIT CHANGES;

-- Rows that ksqlDB could not process.
SELECT * FROM KSQL_PROCESSING_LOG EMIT CHANGES;

SHOW STREAMS;
SHOW TABLES;
DESCRIBE product_sales EXTENDED;
