-- A cluster with another address or key is tried at once.
create or replace function app.try_cluster_again() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update app.hopsworks_provisioning
  set error_code = null, error_detail = null, failing_since = null, attempts = 0, next_attempt_at = app.now()
  where hopsworks_cluster_id = new.id;
  return null;
end
$$;
