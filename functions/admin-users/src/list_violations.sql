-- A page of what must always hold and does not, by the id of whom or what it is about. A page looks at a thousand
-- users: so it is answered as soon where there are a million, and there are more of them.
create or replace function app.list_violations(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
begin
  return app.find_violations(args #> '{input,after}', (args #>> '{input,limit}')::integer, 0);
end
$$;
