-- The next violations of the invariants, a thousand at most, and where to go on. It may take long, because nobody waits
-- for it.
create or replace function app.check_invariants(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform app.require_schedule(args);
  return app.find_violations(args #> '{input,after}', 1000, 400);
end
$$;
