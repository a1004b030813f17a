-- The source: the shop's schema, sample data, roles and publication.
--
-- Run by a superuser, connected to the shop's database; running it again changes nothing. Passwords are settings of the session, so that
-- none is in a file: cdc.shop_password, cdc.connector_password and cdc.reader_password.
--   psql, and the postgres image's /docker-entrypoint-initdb.d: PGOPTIONS='-c cdc.shop_password=… -c cdc.connector_password=…
--   -c cdc.reader_password=…'
--   any other client: SELECT set_config('cdc.shop_password', '…', false), then this file, on the same connection
-- The server needs wal_level = logical.

-- Roles: the shop owns its tables; the connector may read them and replicate, nothing else; the reader may read them, nothing else: as it,
-- `cdc reconcile` compares the target with the source.
DO $$
DECLARE
    login record;
BEGIN
    FOR login IN
        SELECT * FROM (VALUES ('shop', 'cdc.shop_password', 'NOREPLICATION'),
                              ('cdc_connector', 'cdc.connector_password', 'REPLICATION'),
                              ('cdc_reader', 'cdc.reader_password', 'NOREPLICATION'))
                      AS l (name, password_setting, replication)
    LOOP
        IF coalesce(current_setting(login.password_setting, true), '') = '' THEN
            RAISE EXCEPTION 'cannot create role %: setting % is not set', login.name, login.password_setting
                USING HINT = 'set it for the session, for example PGOPTIONS=''-c ' || login.password_setting || '=…''';
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login.name) THEN
            EXECUTE format('CREATE ROLE %I', login.name);
        END IF;
        EXECUTE format('ALTER ROLE %I WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE %s PASSWORD %L',
                       login.name, login.replication, current_setting(login.password_setting));
    END LOOP;
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO shop', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO cdc_connector, cdc_reader', current_database());
    -- A mistake fails; what may be written at all is nothing.
    ALTER ROLE cdc_reader SET default_transaction_read_only = on;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO shop;
GRANT USAGE ON SCHEMA public TO cdc_connector, cdc_reader;

SET ROLE shop;
SET client_min_messages = warning;

CREATE TABLE IF NOT EXISTS public.customers (
    customer_id SERIAL PRIMARY KEY,
    email VARCHAR(255) UNIQUE NOT NULL,
    first_name VARCHAR(100) NOT NULL,
    last_name VARCHAR(100) NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS public.products (
    product_id SERIAL PRIMARY KEY,
    sku VARCHAR(50) UNIQUE NOT NULL,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    price DECIMAL(10,2) NOT NULL,
    category VARCHAR(100),
    stock_quantity INT DEFAULT 0,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS public.orders (
    order_id SERIAL PRIMARY KEY,
    customer_id INT REFERENCES public.customers (customer_id),
    order_status VARCHAR(50) DEFAULT 'pending',
    total_amount DECIMAL(10,2),
    shipping_address TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS public.order_items (
    item_id SERIAL PRIMARY KEY,
    order_id INT REFERENCES public.orders (order_id),
    product_id INT REFERENCES public.products (product_id),
    quantity INT NOT NULL,
    unit_price DECIMAL(10,2) NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE OR REPLACE FUNCTION public.update_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = CURRENT_TIMESTAMP;
    RETURN NEW;
END;
$$;

-- Only what is missing: to ask for an index or a trigger that exists waits for everybody who writes, too.
DO $$
DECLARE
    shop_table text;
BEGIN
    -- Without these, deleting a customer, a product or an order reads the whole table that refers to it.
    IF to_regclass('public.orders_customer_id') IS NULL THEN
        CREATE INDEX orders_customer_id ON public.orders (customer_id);
    END IF;
    IF to_regclass('public.order_items_order_id') IS NULL THEN
        CREATE INDEX order_items_order_id ON public.order_items (order_id);
    END IF;
    IF to_regclass('public.order_items_product_id') IS NULL THEN
        CREATE INDEX order_items_product_id ON public.order_items (product_id);
    END IF;

    FOREACH shop_table IN ARRAY ARRAY['customers', 'products', 'orders'] LOOP
        IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = ('public.' || shop_table)::regclass
                       AND tgname = shop_table || '_updated_at') THEN
            EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON public.%I'
                ' FOR EACH ROW EXECUTE FUNCTION public.update_updated_at()', shop_table || '_updated_at', shop_table);
        END IF;
    END LOOP;
END
$$;

GRANT SELECT ON public.customers, public.products, public.orders, public.order_items TO cdc_connector, cdc_reader;

-- The four tables by name: a publication FOR ALL TABLES needs a superuser, and would publish whatever is created later.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'cdc_publication') THEN
        CREATE PUBLICATION cdc_publication
            FOR TABLE public.customers, public.products, public.orders, public.order_items;
    END IF;
END
$$;

-- Sample data, if the shop never had a customer or a product.
INSERT INTO public.customers (email, first_name, last_name)
SELECT * FROM (VALUES
    ('alice@example.com', 'Alice', 'Smith'),
    ('bob@example.com', 'Bob', 'Jones'),
    ('carol@example.com', 'Carol', 'Williams')) AS sample
WHERE NOT (SELECT is_called FROM public.customers_customer_id_seq);

INSERT INTO public.products (sku, name, description, price, category, stock_quantity)
SELECT * FROM (VALUES
    ('LAPTOP-001', 'Pro Laptop 15"', 'High-performance laptop', 1299.99, 'Electronics', 50),
    ('PHONE-001', 'SmartPhone X', 'Latest smartphone', 899.99, 'Electronics', 100),
    ('BOOK-001', 'Kafka Guide', 'Complete Kafka reference', 49.99, 'Books', 200),
    ('HDPH-001', 'Wireless Headphones', 'Noise-canceling headphones', 199.99, 'Electronics', 75)) AS sample
WHERE NOT (SELECT is_called FROM public.products_product_id_seq);

RESET client_min_messages;
RESET ROLE;
DO $$
BEGIN
    -- Only creating the publication needed it.
    EXECUTE format('REVOKE CREATE ON DATABASE %I FROM shop', current_database());
END
$$;
