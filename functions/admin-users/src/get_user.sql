-- One user, for administrators.
create or replace function app.get_user(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_id text := args #>> '{input,id}';
begin
  perform app.require_user(v_id);
  return app.describe_tagged_user(v_id);
end
$$;
