-- Whether this transaction has marked this text (`app.mark_here`).
create or replace function app.is_marked_here(p_what text) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    -- No id has the character between them.
    pg_catalog.strpos(pg_catalog.current_setting('app.marked_here', true), e'\u0001' || p_what || e'\u0001') > 0,
    false
  );
end
$$;
