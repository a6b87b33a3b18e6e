-- One cluster, for administrators.
create or replace function app.get_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_id uuid := args #>> '{input,id}';
begin
  perform app.require_hopsworks_cluster(v_id);
  return (select c.description from app.described_hopsworks_clusters c where c.id = v_id);
end
$$;
