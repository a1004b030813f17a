-- The change topics as ksqlDB sees them: a stream of every change for each source table, and a
-- table of the latest rows for the two tables that are aggregated.
--
-- Run in order, each when the one before has ended: ksql --file 01-sources.sql, then
-- 02-lookups.sql, then 03-results.sql. 04-monitoring.sql is for the prompt.
-- Corrected after a run against ksqlDB 8.3.1. The tests of this project have no ksqlDB server: they
-- read these files and compare every column with the schemas that the pipeline registers.
--
-- No columns are declared. ksqlDB takes them from the registry, and where a topic has no schema
-- yet the statement fails and changes nothing: "Schema for message keys ... does not exist". Run it
-- again after the first row of each table (`./cdc simulate` makes some). With declared columns
-- ksqlDB would register a schema of its own for a topic without one, and the registry would then
-- refuse that of the source connector.
--
-- What the columns are:
--   rowkey         the key, a STRUCT of the key columns of the table: rowkey->order_id
--   before, after  the row before and after the change: after->order_status
--   source, op     where the change comes from, and r (snapshot), c, u, d or t (TRUNCATE)
-- They are whole Debezium envelopes: only with the old row can a change be taken back. The
-- columns of the tutorial have these places here: customers_cdc.email is after->email, __op is op,
-- __source_ts_ms is source->ts_ms.
--   DECIMAL        has the precision and scale of the column
--   TIMESTAMP      is a BIGINT of microseconds. FROM_UNIXTIME(x / 1000) makes a TIMESTAMP of it,
--                  which has milliseconds
--   deletes        are an event with op d and no after, then a tombstone. Tables lose the row
--   TRUNCATE       is an event without a key, which ksqlDB ignores: its tables keep the rows.
--                  In docs/semantics.md all rows go
--
-- Two limits of ksqlDB, with no setting against either:
--   NULL in a column that has a default is read as the default: order_status as pending,
--   stock_quantity as 0, a time as 1970-01-01 00:00:00. The files below take that time for NULL.
--   They cannot tell the other two from a value that was written.
--   The columns have the types of the moment these statements ran. After an int column was
--   widened to bigint, ksqlDB drops the rows written since, and says so only in its processing
--   log (04-monitoring.sql). Then drop what 01 to 03 made, latest first, with
--   DROP ... DELETE TOPIC for what 02 and 03 made and DROP alone for what 01 made, and run them
--   again. The keys of the results are BIGINT already and stay as they are.
--
-- The server reads committed transactions only (infra/compose.yaml).
SET 'auto.offset.reset' = 'earliest';

CREATE STREAM customers_cdc
    WITH (KAFKA_TOPIC = 'shop.public.customers', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE STREAM products_cdc
    WITH (KAFKA_TOPIC = 'shop.public.products', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE STREAM orders_cdc
    WITH (KAFKA_TOPIC = 'shop.public.orders', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE STREAM order_items_cdc
    WITH (KAFKA_TOPIC = 'shop.public.order_items', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE TABLE orders_rows
    WITH (KAFKA_TOPIC = 'shop.public.orders', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');

CREATE TABLE order_items_rows
    WITH (KAFKA_TOPIC = 'shop.public.order_items', KEY_FORMAT = 'AVRO', VALUE_FORMAT = 'AVRO');
