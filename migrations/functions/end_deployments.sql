-- Ends the deployments of a user who is deleted, by whatever way, and removes their keys.
create or replace function app.end_deployments() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update public.clusters
  set status = 'deleted', deleted_at = coalesce(deleted_at, app.now()), hopsworks_api_key = null
  where user_id = new.id and (status <> 'deleted' or hopsworks_api_key is not null);
  return null;
end
$$;
