-- The true sequence of changes of each order, written by the source itself: what the log of order events is compared with.
-- Not part of the pipeline, which neither reads nor publishes it.

CREATE TABLE public.order_audit (
    audit_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL,
    -- baseline (there before the audit was installed), created, updated, deleted
    event_type TEXT NOT NULL,
    customer_id INT,
    customer_email TEXT,
    order_status TEXT,
    total_amount NUMERIC,
    -- a place in the write-ahead log shortly before the commit
    near_lsn PG_LSN NOT NULL DEFAULT pg_current_wal_insert_lsn()
);

CREATE FUNCTION public.order_audit_add(event text, changed public.orders) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    customer_email text;
BEGIN
    -- The lock holds the e-mail until the commit, so that the one noted is the one as of the commit.
    SELECT email INTO customer_email FROM public.customers WHERE customer_id = changed.customer_id FOR SHARE;
    INSERT INTO public.order_audit (order_id, event_type, customer_id, customer_email, order_status, total_amount)
    VALUES (changed.order_id, event, changed.customer_id, customer_email, changed.order_status, changed.total_amount);
END;
$$;

CREATE FUNCTION public.order_audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM public.order_audit_add('created', NEW);
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM public.order_audit_add('deleted', OLD);
    ELSIF OLD.order_id <> NEW.order_id THEN
        PERFORM public.order_audit_add('deleted', OLD);
        PERFORM public.order_audit_add('created', NEW);
    ELSE
        PERFORM public.order_audit_add('updated', NEW);
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION public.order_audit_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.order_audit_add('deleted', o) FROM public.orders o ORDER BY o.order_id;
    RETURN NULL;
END;
$$;

-- Deferred to the commit: the customer columns are those of the whole transaction, and orders changed by several transactions are noted
-- in the order of their commits.
CREATE CONSTRAINT TRIGGER order_audit AFTER INSERT OR UPDATE OR DELETE ON public.orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.order_audit_row();

CREATE TRIGGER order_audit_truncate BEFORE TRUNCATE ON public.orders
    FOR EACH STATEMENT EXECUTE FUNCTION public.order_audit_truncate();

INSERT INTO public.order_audit (order_id, event_type, customer_id, customer_email, order_status, total_amount)
SELECT o.order_id, 'baseline', o.customer_id, c.email, o.order_status, o.total_amount
FROM public.orders o LEFT JOIN public.customers c USING (customer_id) ORDER BY o.order_id;

-- So that the comparison, which reads as a role of its own, sees it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'cdc_reader') THEN
        GRANT SELECT ON public.order_audit TO cdc_reader;
    END IF;
END
$$;
