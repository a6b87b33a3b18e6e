-- Remembers a text until the transaction ends. A deferred trigger runs once for each change of a row: the first run knows
-- what was before the transaction, and the row itself what is after it. For a few, not for thousands.
create or replace function app.mark_here(p_what text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_catalog.set_config(
    'app.marked_here', coalesce(pg_catalog.current_setting('app.marked_here', true), '') || e'\u0001' || p_what || e'\u0001', true
  );
end
$$;
