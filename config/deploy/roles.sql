-- Who may what in the database, for psql as its superuser; to be run before the first `migrate` and once after it, and
-- harmless at any other time. OWNER_PASSWORD and SERVICE_PASSWORD of the environment set passwords, if they are there:
--     psql --set=ON_ERROR_STOP=1 --file=roles.sql
\set QUIET on
\getenv owner_password OWNER_PASSWORD
\getenv service_password SERVICE_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest('{account_tasks_owner,account_tasks}'::text[]) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE account_tasks_owner NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE account_tasks NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
\if :{?owner_password}
ALTER ROLE account_tasks_owner PASSWORD :'owner_password';
\endif
\if :{?service_password}
ALTER ROLE account_tasks PASSWORD :'service_password';
\endif

SELECT 'CREATE DATABASE account_tasks OWNER account_tasks_owner ENCODING ''UTF8'' LOCALE ''C.UTF-8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'account_tasks') \gexec
REVOKE ALL ON DATABASE account_tasks FROM PUBLIC;
GRANT CONNECT ON DATABASE account_tasks TO account_tasks;
\connect account_tasks

-- The service sets the same for each of its connections; this is for whoever else comes with its password.
ALTER ROLE account_tasks SET statement_timeout = '30s';
ALTER ROLE account_tasks SET lock_timeout = '15s';
ALTER ROLE account_tasks SET idle_in_transaction_session_timeout = '60s';

-- The service reads and writes rows, of tables to come too. It makes no table, empties none and owns nothing.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO account_tasks;
ALTER DEFAULT PRIVILEGES FOR ROLE account_tasks_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO account_tasks;
ALTER DEFAULT PRIVILEGES FOR ROLE account_tasks_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO account_tasks;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO account_tasks;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO account_tasks;

-- Once they are there: entries of the audit trail are added and read, which migrations have been applied is read.
SELECT 'REVOKE UPDATE, DELETE ON clients_app_auditentry FROM account_tasks'
WHERE to_regclass('clients_app_auditentry') IS NOT NULL
UNION ALL
SELECT 'REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM account_tasks'
WHERE to_regclass('django_migrations') IS NOT NULL \gexec
