-- What signed-in users may see of themselves.
create or replace function app.get_me(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user public.users := app.authorize(args);
begin
  return app.describe_user(v_user.id);
end
$$;
