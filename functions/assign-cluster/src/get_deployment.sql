-- One deployment of the caller.
create or replace function app.get_deployment(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_id uuid := args #>> '{input,id}';
begin
  perform app.require_deployment(v_caller.id, v_id);
  return (select d.description from app.described_deployments d where d.id = v_id);
end
$$;
