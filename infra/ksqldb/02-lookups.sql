-- customers_table, products_table: the latest state of each customer and product, for joins. Not run by this project's tests (see 01).
--
-- They are grouped from the streams, not declared on the topics: an Avro key begins with the id of its schema, so ksqlDB's own keys of
-- the same customer hash to other partitions than Debezium's. Grouped by a plain INT in KAFKA format, both sides of a join agree.
--
-- Differs from docs/results.md, because an aggregate over a stream can't take a row out: a deleted customer or product stays as a row of
-- NULLs, and a TRUNCATE leaves everything. The FALSE in LATEST_BY_OFFSET lets NULL be a latest value; without it an old one would stay.
SET 'auto.offset.reset' = 'earliest';

CREATE TABLE customers_table WITH (KAFKA_TOPIC = 'ksqldb.customers', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        k->customer_id AS customer_id,
        LATEST_BY_OFFSET(after->email, FALSE) AS email,
        LATEST_BY_OFFSET(after->first_name + ' ' + after->last_name, FALSE) AS full_name
    FROM customers_cdc
    WHERE k IS NOT NULL
    GROUP BY k->customer_id
    EMIT CHANGES;

CREATE TABLE products_table WITH (KAFKA_TOPIC = 'ksqldb.products', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', PARTITIONS = 3) AS
    SELECT
        k->product_id AS product_id,
        LATEST_BY_OFFSET(after->sku, FALSE) AS sku,
        LATEST_BY_OFFSET(after->name, FALSE) AS name,
        LATEST_BY_OFFSET(after->category, FALSE) AS category,
        LATEST_BY_OFFSET(after->price, FALSE) AS price,
        LATEST_BY_OFFSET(after->stock_quantity, FALSE) AS stock_quantity
    FROM products_cdc
    WHERE k IS NOT NULL
    GROUP BY k->product_id
    EMIT CHANGES;
