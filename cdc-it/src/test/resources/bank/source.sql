-- A bank of a thousand accounts whose balances always add up to nothing, and an audit of every change by transaction.
CREATE TABLE accounts (
    account_id BIGINT PRIMARY KEY,
    branch INT NOT NULL,
    holder INT NOT NULL,
    balance NUMERIC(14,2) NOT NULL,
    note TEXT
);
ALTER TABLE accounts ALTER COLUMN note SET STORAGE EXTERNAL;

CREATE TABLE audit (
    seq BIGSERIAL PRIMARY KEY,
    xid BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    old_id BIGINT,
    new_id BIGINT,
    new_row TEXT
);

CREATE FUNCTION audit_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO audit (old_id) VALUES (OLD.account_id);
    ELSE
        INSERT INTO audit (old_id, new_id, new_row)
        VALUES (CASE TG_OP WHEN 'UPDATE' THEN OLD.account_id END, NEW.account_id,
                concat_ws('|', NEW.account_id, NEW.branch, NEW.holder, NEW.balance, md5(NEW.note)));
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION audit_account();

GRANT SELECT ON accounts TO cdc_connector;
GRANT USAGE ON SCHEMA public TO cdc_connector;
CREATE PUBLICATION bank_publication FOR TABLE accounts;

-- every tenth account has a note that PostgreSQL stores apart, so that most changes do not carry it
INSERT INTO accounts
SELECT i, i % 10, i % 97, CASE WHEN i < 1000 THEN i ELSE -(SELECT sum(j) FROM generate_series(1, 999) j) END,
       CASE WHEN i % 10 = 0 THEN (SELECT string_agg(md5((i * k)::text), '') FROM generate_series(1, 100) k) END
FROM generate_series(1, 1000) i;
