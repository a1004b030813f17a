-- The change topics as ksqlDB sees them: a stream of every change, and a table of every row's latest change, for each source table.
--
-- Not run by this project's tests: ksqlDB can't be had where they run. Written for ksqlDB 0.29 / Confluent Platform 7 and later.
-- Run in order: ksql --file 01-sources.sql, then 02-lookups.sql, 03-results.sql.
--
-- What is as it is on the topics, and how it is declared here:
--   values      whole Debezium envelopes, not unwrapped: only with before and after can a change be taken back
--   keys        an Avro record with one field, so a STRUCT, not a primitive; ksqlDB reads and writes a lone key column unwrapped
--   DECIMAL     Avro bytes with the column's precision and scale
--   TIMESTAMP   a plain number of microseconds, so BIGINT; ksqlDB's TIMESTAMP holds milliseconds
--   deletes     an event with op = 'd' and no after, then a tombstone; the tables take the row out at the tombstone
--   TRUNCATE    an event without a key, which ksqlDB ignores: its tables keep the rows (docs/results.md: all rows go)
-- The server reads committed transactions only (compose.yaml).
SET 'auto.offset.reset' = 'earliest';

CREATE STREAM customers_cdc (
    k STRUCT<customer_id INT> KEY,
    before STRUCT<customer_id INT, email VARCHAR, first_name VARCHAR, last_name VARCHAR, created_at BIGINT, updated_at BIGINT>,
    after STRUCT<customer_id INT, email VARCHAR, first_name VARCHAR, last_name VARCHAR, created_at BIGINT, updated_at BIGINT>,
    source STRUCT<ts_ms BIGINT, lsn BIGINT, snapshot VARCHAR>,
    op VARCHAR
) WITH (KAFKA_TOPIC = 'shop.public.customers', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE STREAM products_cdc (
    k STRUCT<product_id INT> KEY,
    before STRUCT<product_id INT, sku VARCHAR, name VARCHAR, description VARCHAR, price DECIMAL(10, 2), category VARCHAR, stock_quantity INT, created_at BIGINT, updated_at BIGINT>,
    after STRUCT<product_id INT, sku VARCHAR, name VARCHAR, description VARCHAR, price DECIMAL(10, 2), category VARCHAR, stock_quantity INT, created_at BIGINT, updated_at BIGINT>,
    source STRUCT<ts_ms BIGINT, lsn BIGINT, snapshot VARCHAR>,
    op VARCHAR
) WITH (KAFKA_TOPIC = 'shop.public.products', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE STREAM orders_cdc (
    k STRUCT<order_id INT> KEY,
    before STRUCT<order_id INT, customer_id INT, order_status VARCHAR, total_amount DECIMAL(10, 2), shipping_address VARCHAR, created_at BIGINT, updated_at BIGINT>,
    after STRUCT<order_id INT, customer_id INT, order_status VARCHAR, total_amount DECIMAL(10, 2), shipping_address VARCHAR, created_at BIGINT, updated_at BIGINT>,
    source STRUCT<ts_ms BIGINT, lsn BIGINT, snapshot VARCHAR>,
    op VARCHAR
) WITH (KAFKA_TOPIC = 'shop.public.orders', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE TABLE orders_rows (
    k STRUCT<order_id INT> PRIMARY KEY,
    after STRUCT<order_id INT, customer_id INT, order_status VARCHAR, total_amount DECIMAL(10, 2), shipping_address VARCHAR, created_at BIGINT, updated_at BIGINT>
) WITH (KAFKA_TOPIC = 'shop.public.orders', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE TABLE order_items_rows (
    k STRUCT<item_id INT> PRIMARY KEY,
    after STRUCT<item_id INT, order_id INT, product_id INT, quantity INT, unit_price DECIMAL(10, 2), created_at BIGINT>
) WITH (KAFKA_TOPIC = 'shop.public.order_items', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');
