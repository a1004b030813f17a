-- The target: roles and schemas of the analytics database. Tables are created by the sink: mirrors from the source's columns, results from
-- the columns of their SELECTs (infra/results), and in schema streamed those of the topic way, from the result topics' schemas. Schema
-- mirrors is for mirrors by several tasks, with which infra/connectors/mirrors has a connector; nothing puts it by itself. Schemas jdbc and
-- ksqldb are for Confluent's JDBC connector: infra/connectors/confluent has its tables and connectors, and nothing puts them by itself.
--
-- Run by a superuser, connected to the analytics database; running it again changes nothing. Passwords are settings of the session, so that
-- none is in a file: cdc.sink_password and cdc.analyst_password.
--   psql, and the postgres image's /docker-entrypoint-initdb.d: PGOPTIONS='-c cdc.sink_password=… -c cdc.analyst_password=…'
--   any other client: SELECT set_config('cdc.sink_password', '…', false), then this file, on the same connection
-- With track_commit_timestamp = on the server also knows when each row became visible; `cdc demo` measures latency with it.

-- Roles: the sink owns these schemas and nothing else; an analyst reads them.
DO $$
DECLARE
    login record;
BEGIN
    FOR login IN
        SELECT * FROM (VALUES ('cdc_sink', 'cdc.sink_password'),
                              ('analyst', 'cdc.analyst_password'))
                      AS l (name, password_setting)
    LOOP
        IF coalesce(current_setting(login.password_setting, true), '') = '' THEN
            RAISE EXCEPTION 'cannot create role %: setting % is not set', login.name, login.password_setting
                USING HINT = 'set it for the session, for example PGOPTIONS=''-c ' || login.password_setting || '=…''';
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login.name) THEN
            EXECUTE format('CREATE ROLE %I', login.name);
        END IF;
        EXECUTE format('ALTER ROLE %I WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD %L',
                       login.name, current_setting(login.password_setting));
    END LOOP;
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    -- The sink stages each flush in temporary tables.
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO cdc_sink', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO analyst', current_database());
    EXECUTE format('ALTER ROLE analyst IN DATABASE %I SET search_path = analytics, mirror, cdc', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS mirror AUTHORIZATION cdc_sink;
CREATE SCHEMA IF NOT EXISTS analytics AUTHORIZATION cdc_sink;
CREATE SCHEMA IF NOT EXISTS cdc AUTHORIZATION cdc_sink;
CREATE SCHEMA IF NOT EXISTS streamed AUTHORIZATION cdc_sink;
CREATE SCHEMA IF NOT EXISTS mirrors AUTHORIZATION cdc_sink;
CREATE SCHEMA IF NOT EXISTS jdbc AUTHORIZATION cdc_sink;
CREATE SCHEMA IF NOT EXISTS ksqldb AUTHORIZATION cdc_sink;
RESET client_min_messages;

GRANT USAGE ON SCHEMA mirror, analytics, cdc, streamed, mirrors, jdbc, ksqldb TO analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA mirror, analytics, cdc, streamed, mirrors, jdbc, ksqldb TO analyst;
ALTER DEFAULT PRIVILEGES FOR ROLE cdc_sink IN SCHEMA mirror, analytics, cdc, streamed, mirrors, jdbc, ksqldb
    GRANT SELECT ON TABLES TO analyst;
