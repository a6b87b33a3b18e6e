-- When a cluster gets another address, its instances get it too.
create or replace function app.sync_api_url() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update public.instances
  set hopsworks_url = new.api_url
  where user_id = any (array(
    select a.user_id from public.user_hopsworks_assignments a where a.hopsworks_cluster_id = new.id
  ));
  return null;
end
$$;
