-- The tutorial's results. Not run by this project's tests (see 01). Topics begin with ksqldb., beside those of our own application.
--
-- Aggregates are over tables, never over streams of changes: an update then takes the old row back and a delete subtracts. Over a
-- stream, as in the tutorial, every update counts again.
SET 'auto.offset.reset' = 'earliest';

-- Each change of an order, of whatever kind, with the columns flat and a key to join by.
-- An order without a customer has -1 as a key: ksqlDB drops rows whose join key is NULL.
CREATE STREAM order_changes WITH (KAFKA_TOPIC = 'ksqldb.order_changes', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        COALESCE(after->customer_id, before->customer_id, -1) AS customer_key,
        k->order_id AS order_id,
        COALESCE(after->customer_id, before->customer_id) AS customer_id,
        CASE op WHEN 'r' THEN 'snapshot' WHEN 'c' THEN 'created' WHEN 'u' THEN 'updated' ELSE 'deleted' END AS event_type,
        COALESCE(after->order_status, before->order_status) AS order_status,
        COALESCE(after->total_amount, before->total_amount) AS total_amount,
        COALESCE(after->shipping_address, before->shipping_address) AS shipping_address,
        after->created_at AS order_created_at_micros,
        after->updated_at AS order_updated_at_micros,
        op AS operation,
        source->ts_ms AS source_timestamp,
        FROM_UNIXTIME(source->ts_ms) AS event_timestamp,
        source->lsn AS source_lsn
    FROM orders_cdc
    WHERE k IS NOT NULL
    PARTITION BY COALESCE(after->customer_id, before->customer_id, -1)
    EMIT CHANGES;

-- orders_enriched: each change of an order with its customer.
-- Differs from docs/results.md: the customer is the one known when the event is processed, and is NULL if he has not arrived yet (ksqlDB does
-- not wait). A delete has the last known values only if the source table is REPLICA IDENTITY FULL: ksqlDB keeps no state to fill them from,
-- neither here nor for an unchanged large text (__debezium_unavailable_value). A TRUNCATE gives nothing. A snapshot that is read again
-- gives its events again.
CREATE STREAM orders_enriched WITH (KAFKA_TOPIC = 'ksqldb.orders_enriched', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        o.customer_key AS customer_key,
        o.order_id AS order_id,
        o.customer_id AS customer_id,
        c.email AS customer_email,
        c.full_name AS customer_name,
        o.event_type AS event_type,
        o.order_status AS order_status,
        o.total_amount AS total_amount,
        o.shipping_address AS shipping_address,
        o.order_created_at_micros AS order_created_at_micros,
        o.order_updated_at_micros AS order_updated_at_micros,
        o.operation AS operation,
        o.source_timestamp AS source_timestamp,
        o.event_timestamp AS event_timestamp,
        o.source_lsn AS source_lsn
    FROM order_changes o
    LEFT JOIN customers_table c ON o.customer_key = c.customer_id
    EMIT CHANGES;

-- product_sales: what each product sold, in two steps. COUNT_DISTINCT can't take a row back, but a table of (order, product) pairs can:
-- one of its rows is one order that has the product. HAVING takes out a pair, or a product, whose last item is gone.
CREATE TABLE order_products WITH (KAFKA_TOPIC = 'ksqldb.order_products', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        after->order_id AS order_id,
        after->product_id AS product_id,
        COUNT(*) AS items,
        SUM(CAST(after->quantity AS BIGINT)) AS units_sold,
        SUM(after->quantity * after->unit_price) AS total_revenue
    FROM order_items_rows
    WHERE after IS NOT NULL AND after->product_id IS NOT NULL AND after->order_id IS NOT NULL
    GROUP BY after->order_id, after->product_id
    HAVING COUNT(*) > 0
    EMIT CHANGES;

CREATE TABLE product_totals WITH (KAFKA_TOPIC = 'ksqldb.product_totals', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        product_id,
        COUNT(*) AS order_count,
        SUM(units_sold) AS units_sold,
        SUM(total_revenue) AS total_revenue
    FROM order_products
    GROUP BY product_id
    HAVING COUNT(*) > 0
    EMIT CHANGES;

-- Differs from docs/results.md: an item without an order is left out (its pair would have no key); a deleted product leaves NULL names.
-- The average is rounded half away from zero to two digits, as there.
CREATE TABLE product_sales WITH (KAFKA_TOPIC = 'ksqldb.product_sales', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        s.product_id AS product_id,
        p.sku AS sku,
        p.name AS name,
        p.category AS category,
        s.order_count AS order_count,
        s.units_sold AS units_sold,
        s.total_revenue AS total_revenue,
        ROUND(CAST(s.units_sold AS DECIMAL(20, 4)) / CAST(s.order_count AS DECIMAL(20, 4)), 2) AS avg_quantity_per_order
    FROM product_totals s
    LEFT JOIN products_table p ON s.product_id = p.product_id
    EMIT CHANGES;

-- order_status_summary: what is in each status now. The tutorial calls an hourly count of changes by this purpose order_status_counts; a
-- windowed aggregate needs a stream, and a stream can't take back, so stints (docs/results.md) are not to be had in ksqlDB.
CREATE TABLE order_status_summary WITH (KAFKA_TOPIC = 'ksqldb.order_status_summary', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        after->order_status AS order_status,
        COUNT(*) AS order_count,
        SUM(after->total_amount) AS total_value
    FROM orders_rows
    WHERE after IS NOT NULL AND after->order_status IS NOT NULL
    GROUP BY after->order_status
    HAVING COUNT(*) > 0
    EMIT CHANGES;

-- top_customers_hourly: what each customer ordered in each UTC hour of the orders' created_at. The hour is an ordinary column, not a
-- stream-time window: nothing is too late, and an order that moves or is deleted is taken back. Microseconds of the hour's begin.
-- Differs from docs/results.md: no ranking, ksqlDB's TOPK can't take back; rank in the target.
CREATE TABLE top_customers_hourly WITH (KAFKA_TOPIC = 'ksqldb.top_customers_hourly', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        (after->created_at / 3600000000) * 3600000000 AS window_start_micros,
        after->customer_id AS customer_id,
        COUNT(*) AS order_count,
        SUM(after->total_amount) AS total_spent
    FROM orders_rows
    WHERE after IS NOT NULL AND after->created_at IS NOT NULL AND after->customer_id IS NOT NULL
    GROUP BY (after->created_at / 3600000000) * 3600000000, after->customer_id
    HAVING COUNT(*) > 0
    EMIT CHANGES;
