-- The one clock for everything that is stored. It sets no search path, because then PostgreSQL inlines it: a call takes
-- 0.03 us instead of 3. The body needs none.
create or replace function app.now() returns timestamptz
language sql stable parallel safe
as $$ select pg_catalog.now() $$;

-- Defaults are evaluated with the rights of the role that writes a row.
grant execute on function app.now() to service_role;
