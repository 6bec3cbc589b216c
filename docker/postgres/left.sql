-- Who is no service any more can't come in; the database stays, as nobody said that it may go.
SELECT format('ALTER ROLE %I NOLOGIN', rolname) FROM pg_roles
  WHERE rolcanlogin AND rolname NOT IN ('postgres', 'metrics')
    AND rolname <> ALL (string_to_array(:'names', ',')) \gexec
-- Sees figures, no data (PostgreSQL 15, 22.5).
SELECT 'CREATE ROLE metrics LOGIN IN ROLE pg_monitor'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'metrics') \gexec
