-- The tables of a storm, beside the shop's. Every transaction that changes a published table, whoever runs it, leaves one row in
-- storm_audit, by triggers: what the target must have once, in commit order.
GRANT pg_read_all_stats TO shop;
SET ROLE shop;

CREATE TABLE public.storm_audit (
    xid BIGINT PRIMARY KEY DEFAULT pg_current_xact_id()::text::bigint,
    noted_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- Lists that only grow: each transaction appends its own name.
CREATE TABLE public.storm_lists (
    list_id INT PRIMARY KEY,
    elements TEXT NOT NULL
);

CREATE TABLE public.storm_rows (
    id BIGINT PRIMARY KEY,
    session INT NOT NULL,
    value INT NOT NULL,
    amount NUMERIC(12,2),
    note TEXT,
    changed TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
-- PostgreSQL stores long notes apart, so that most changes do not carry them
ALTER TABLE public.storm_rows ALTER COLUMN note SET STORAGE EXTERNAL;
CREATE INDEX storm_rows_changed ON public.storm_rows (session, changed);

-- Emptied by TRUNCATE now and then.
CREATE TABLE public.storm_scratch (
    id BIGINT PRIMARY KEY,
    session INT NOT NULL,
    content TEXT
);

CREATE FUNCTION public.storm_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.storm_audit DEFAULT VALUES ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;

DO $$
DECLARE
    changed text;
BEGIN
    FOREACH changed IN ARRAY ARRAY['customers', 'products', 'orders', 'order_items', 'storm_lists', 'storm_rows', 'storm_scratch'] LOOP
        EXECUTE format('CREATE TRIGGER storm_note AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION public.storm_note()', changed);
    END LOOP;
END;
$$;

-- Short transactions, each committed by itself: a row is inserted, changed, and deleted when forty others have followed.
CREATE PROCEDURE public.storm_quick(writer int, first bigint, transactions int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 0 .. transactions - 1 LOOP
        CASE i % 3
            WHEN 0 THEN
                INSERT INTO public.storm_rows (id, session, value, amount, note)
                VALUES (first + i, writer, (first + i) * 7919 % 1000, i, 'quick');
            WHEN 1 THEN
                UPDATE public.storm_rows SET value = (value + 1) % 1000, amount = amount + 0.01 WHERE id = first + i - 1;
            ELSE
                DELETE FROM public.storm_rows WHERE id = first + i - 2 - 3 * 40;
        END CASE;
        COMMIT;
    END LOOP;
END;
$$;

GRANT SELECT ON public.storm_audit, public.storm_lists, public.storm_rows, public.storm_scratch TO cdc_connector;
ALTER PUBLICATION cdc_publication ADD TABLE public.storm_audit, public.storm_lists, public.storm_rows, public.storm_scratch;

-- a table is mirrored from its first row on
INSERT INTO public.storm_lists VALUES (0, 'begin');
INSERT INTO public.storm_rows (id, session, value) VALUES (0, 0, 0);
INSERT INTO public.storm_scratch (id, session) VALUES (0, 0);
INSERT INTO public.orders (customer_id, total_amount) VALUES (1, 10);
INSERT INTO public.order_items (order_id, product_id, quantity, unit_price)
SELECT max(order_id), 1, 1, 10 FROM public.orders;
RESET ROLE;
