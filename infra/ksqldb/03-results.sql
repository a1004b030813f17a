-- The results of the tutorial. Run after 02-lookups.sql. Topics begin with ksqldb., beside those of
-- the Streams application.
--
-- What each result means is in docs/semantics.md. Where ksqlDB cannot do that, a comment says
-- "Differs".
-- Aggregates are over tables, never over streams of changes: an update then takes the old row back
-- and a delete subtracts. Over a stream, as in the tutorial, every update counts again.
-- Sums are DECIMAL(38, 2): a SUM of DECIMAL(10, 2) fails at a hundred million. A NULL amount is
-- added as 0, so that the sum of nothing is 0.00.
SET 'auto.offset.reset' = 'earliest';

-- Each change of an order, of any kind, with the columns flat and a key to join by.
-- An order without a customer has -1 as a key: ksqlDB drops rows whose join key is NULL.
CREATE STREAM order_changes
    WITH (KAFKA_TOPIC = 'ksqldb.order_changes', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        CAST(COALESCE(after->customer_id, before->customer_id, -1) AS BIGINT) AS customer_key,
        CAST(rowkey->order_id AS BIGINT) AS order_id,
        CAST(COALESCE(after->customer_id, before->customer_id) AS BIGINT) AS customer_id,
        -- ksqlDB has no CASE op WHEN ...
        CASE
            WHEN op = 'r' THEN 'snapshot'
            WHEN op = 'c' THEN 'created'
            WHEN op = 'u' THEN 'updated'
            ELSE 'deleted'
        END AS event_type,
        COALESCE(after->order_status, before->order_status) AS order_status,
        COALESCE(after->total_amount, before->total_amount) AS total_amount,
        COALESCE(after->shipping_address, before->shipping_address) AS shipping_address,
        CASE
            WHEN COALESCE(after->created_at, before->created_at) > 0
            THEN FROM_UNIXTIME(COALESCE(after->created_at, before->created_at) / 1000)
        END AS order_created_at,
        CASE
            WHEN COALESCE(after->updated_at, before->updated_at) > 0
            THEN FROM_UNIXTIME(COALESCE(after->updated_at, before->updated_at) / 1000)
        END AS order_updated_at,
        op AS operation,
        source->ts_ms AS source_timestamp,
        FROM_UNIXTIME(source->ts_ms) AS event_timestamp,
        source->lsn AS source_lsn
    FROM orders_cdc
    WHERE rowkey IS NOT NULL
    PARTITION BY CAST(COALESCE(after->customer_id, before->customer_id, -1) AS BIGINT)
    EMIT CHANGES;

-- orders_enriched: each change of an order with its customer.
-- Differs: the customer is the one known when the event is processed, and is NULL if that row has
-- not arrived yet (ksqlDB does not wait). The times of the order have milliseconds. A TRUNCATE
-- gives nothing. A snapshot that is read again gives its events again.
-- Differs for deletes: the last known values need REPLICA IDENTITY FULL at the source. ksqlDB has
-- no state to fill them from, neither here nor for an unchanged large text
-- (__debezium_unavailable_value). Under REPLICA IDENTITY DEFAULT, which the tables of the shop
-- have, a deleted order has no customer, amount, address and times, and its status is the default
-- of the column, pending. A status of NULL is read as pending in every event (01-sources.sql).
CREATE STREAM orders_enriched
    WITH (KAFKA_TOPIC = 'ksqldb.orders_enriched', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
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
        o.order_created_at AS order_created_at,
        o.order_updated_at AS order_updated_at,
        o.operation AS operation,
        o.source_timestamp AS source_timestamp,
        o.event_timestamp AS event_timestamp,
        o.source_lsn AS source_lsn
    FROM order_changes o
    LEFT JOIN customers_table c ON o.customer_key = c.customer_id
    EMIT CHANGES;

-- product_sales: what each product sold, in three steps. COUNT_DISTINCT cannot take a row back, but
-- a table of (order, product) pairs can: one of its rows is one order that has the product.
-- HAVING takes out a pair, or a product, whose last item is gone.
CREATE TABLE order_products
    WITH (KAFKA_TOPIC = 'ksqldb.order_products', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        CAST(after->order_id AS BIGINT) AS order_id,
        CAST(after->product_id AS BIGINT) AS product_id,
        COUNT(*) AS items,
        SUM(CAST(after->quantity AS BIGINT)) AS units_sold,
        SUM(CAST(after->quantity * after->unit_price AS DECIMAL(38, 2))) AS total_revenue
    FROM order_items_rows
    WHERE after IS NOT NULL AND after->product_id IS NOT NULL AND after->order_id IS NOT NULL
    GROUP BY CAST(after->order_id AS BIGINT), CAST(after->product_id AS BIGINT)
    HAVING COUNT(*) > 0
    EMIT CHANGES;

CREATE TABLE product_totals
    WITH (KAFKA_TOPIC = 'ksqldb.product_totals', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        product_id,
        COUNT(*) AS order_count,
        SUM(items) AS items,
        SUM(units_sold) AS units_sold,
        SUM(total_revenue) AS total_revenue
    FROM order_products
    GROUP BY product_id
    HAVING COUNT(*) > 0
    EMIT CHANGES;

-- Differs: an item without an order is left out (its pair would have no key). A deleted product
-- leaves NULL names.
-- avg_quantity_per_order is rounded half away from zero to two digits, as in docs/semantics.md.
-- The division is one of integers, in hundredths: a division of decimals gives NULL where the
-- quotient has more digits than its type. avg_quantity is that of the tutorial: the average
-- quantity of an item, a DOUBLE.
CREATE TABLE product_sales
    WITH (KAFKA_TOPIC = 'ksqldb.product_sales', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        s.product_id AS product_id,
        p.sku AS sku,
        p.name AS name,
        p.category AS category,
        s.order_count AS order_count,
        s.units_sold AS units_sold,
        s.total_revenue AS total_revenue,
        CAST(s.units_sold AS DOUBLE) / CAST(s.items AS DOUBLE) AS avg_quantity,
        CAST(
            CASE
                WHEN s.units_sold >= 0
                THEN (s.units_sold * 200 + s.order_count) / (2 * s.order_count)
                ELSE (s.units_sold * 200 - s.order_count) / (2 * s.order_count)
            END AS DECIMAL(18, 0)) * 0.01 AS avg_quantity_per_order
    FROM product_totals s
    LEFT JOIN products_table p ON s.product_id = p.product_id
    EMIT CHANGES;

-- order_status_summary: what is in each status now.
-- Differs: an order whose status is NULL counts as pending (see 01-sources.sql).
CREATE TABLE order_status_summary
    WITH (KAFKA_TOPIC = 'ksqldb.order_status_summary', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        after->order_status AS order_status,
        COUNT(*) AS order_count,
        SUM(COALESCE(CAST(after->total_amount AS DECIMAL(38, 2)), CAST(0 AS DECIMAL(38, 2)))) AS total_value
    FROM orders_rows
    WHERE after IS NOT NULL AND after->order_status IS NOT NULL
    GROUP BY after->order_status
    HAVING COUNT(*) > 0
    EMIT CHANGES;

-- order_status_counts: in which hour orders came into each status, and the latest amount they had
-- in it. First one row for each order and status it was ever in, with the hour of the commit that
-- brought it there, then the rows of an hour and status together.
-- Differs: an order that comes back to a status is counted in the hour of the first time only. A
-- stint (docs/semantics.md, section 5) begins again then. A NULL status is read as pending. The
-- hour is a column, not a window: nothing is too late for it.
CREATE TABLE order_statuses
    WITH (KAFKA_TOPIC = 'ksqldb.order_statuses', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        CAST(rowkey->order_id AS BIGINT) AS order_id,
        after->order_status AS order_status,
        EARLIEST_BY_OFFSET((source->ts_ms / 3600000) * 3600000) AS window_start_millis,
        LATEST_BY_OFFSET(after->total_amount, FALSE) AS total_amount
    FROM orders_cdc
    WHERE rowkey IS NOT NULL AND after IS NOT NULL AND after->order_status IS NOT NULL
    GROUP BY CAST(rowkey->order_id AS BIGINT), after->order_status
    EMIT CHANGES;

CREATE TABLE order_status_hours
    WITH (KAFKA_TOPIC = 'ksqldb.order_status_hours', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        window_start_millis,
        order_status,
        COUNT(*) AS order_count,
        SUM(COALESCE(CAST(total_amount AS DECIMAL(38, 2)), CAST(0 AS DECIMAL(38, 2)))) AS total_value
    FROM order_statuses
    GROUP BY window_start_millis, order_status
    EMIT CHANGES;

CREATE TABLE order_status_counts
    WITH (KAFKA_TOPIC = 'ksqldb.order_status_counts', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        window_start_millis,
        order_status,
        FROM_UNIXTIME(window_start_millis) AS window_start,
        order_count,
        total_value
    FROM order_status_hours
    EMIT CHANGES;

-- top_customers_hourly: what each customer ordered in each UTC hour of the created_at of orders.
-- The hour is a column: an order that moves to another hour or is deleted is taken back.
-- An order without created_at is in no hour: its time is read as that of 1970-01-01 00:00:00,
-- which is left out here.
-- Differs: no ranking, because TOPK cannot take back. Rank in the target.
CREATE TABLE customer_hours
    WITH (KAFKA_TOPIC = 'ksqldb.customer_hours', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        (after->created_at / 3600000000) * 3600000 AS window_start_millis,
        CAST(after->customer_id AS BIGINT) AS customer_id,
        COUNT(*) AS order_count,
        SUM(COALESCE(CAST(after->total_amount AS DECIMAL(38, 2)), CAST(0 AS DECIMAL(38, 2)))) AS total_spent
    FROM orders_rows
    WHERE after IS NOT NULL AND after->created_at > 0 AND after->customer_id IS NOT NULL
    GROUP BY (after->created_at / 3600000000) * 3600000, CAST(after->customer_id AS BIGINT)
    HAVING COUNT(*) > 0
    EMIT CHANGES;

CREATE TABLE top_customers_hourly
    WITH (KAFKA_TOPIC = 'ksqldb.top_customers_hourly', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        window_start_millis,
        customer_id,
        FROM_UNIXTIME(window_start_millis) AS window_start,
        order_count,
        total_spent
    FROM customer_hours
    EMIT CHANGES;
