-- customers_table, products_table: the latest state of each customer and product, for joins. Run
-- after 01-sources.sql.
--
-- They are grouped from the streams, not declared on the topics. An Avro key begins with the id of
-- its schema, so the keys that ksqlDB writes for a customer hash to other partitions than
-- those of Debezium.
-- Grouped by a plain BIGINT in KAFKA format, both sides of a join agree.
--
-- Differs from the mirrors (docs/semantics.md), because an aggregate over a stream cannot take a
-- row out: a deleted customer or product stays as a row of NULLs, and a TRUNCATE leaves
-- everything. NULL in stock_quantity is read as 0 (see 01-sources.sql).
-- The FALSE in LATEST_BY_OFFSET lets NULL be a latest value. Without it an old one would stay.
SET 'auto.offset.reset' = 'earliest';

CREATE TABLE customers_table
    WITH (KAFKA_TOPIC = 'ksqldb.customers', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        CAST(rowkey->customer_id AS BIGINT) AS customer_id,
        LATEST_BY_OFFSET(after->email, FALSE) AS email,
        LATEST_BY_OFFSET(after->first_name, FALSE) AS first_name,
        LATEST_BY_OFFSET(after->last_name, FALSE) AS last_name,
        -- the + of ksqlDB makes the text null of a NULL
        LATEST_BY_OFFSET(
            CASE WHEN after->first_name IS NOT NULL THEN after->first_name + ' ' + after->last_name END,
            FALSE) AS full_name,
        FROM_UNIXTIME(LATEST_BY_OFFSET(
            CASE WHEN after->created_at > 0 THEN after->created_at / 1000 END, FALSE)) AS created_at,
        FROM_UNIXTIME(LATEST_BY_OFFSET(
            CASE WHEN after->updated_at > 0 THEN after->updated_at / 1000 END, FALSE)) AS updated_at
    FROM customers_cdc
    WHERE rowkey IS NOT NULL
    GROUP BY CAST(rowkey->customer_id AS BIGINT)
    EMIT CHANGES;

CREATE TABLE products_table
    WITH (KAFKA_TOPIC = 'ksqldb.products', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        CAST(rowkey->product_id AS BIGINT) AS product_id,
        LATEST_BY_OFFSET(after->sku, FALSE) AS sku,
        LATEST_BY_OFFSET(after->name, FALSE) AS name,
        LATEST_BY_OFFSET(after->price, FALSE) AS price,
        LATEST_BY_OFFSET(after->category, FALSE) AS category,
        LATEST_BY_OFFSET(after->stock_quantity, FALSE) AS stock_quantity
    FROM products_cdc
    WHERE rowkey IS NOT NULL
    GROUP BY CAST(rowkey->product_id AS BIGINT)
    EMIT CHANGES;
