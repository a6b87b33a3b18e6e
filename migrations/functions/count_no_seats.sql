-- All seats are freed at once.
create or replace function app.count_no_seats() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_catalog.set_config('app.counts_seats', 'on', true);
  update public.hopsworks_clusters set current_users = 0 where current_users <> 0;
  perform pg_catalog.set_config('app.counts_seats', 'off', true);
  -- The trigger `set_waiting` computes the column again.
  update public.users set waiting_cluster_id = default where waiting_cluster_id is not null;
  -- Instances of users who wait stay as they are: those users had no seat.
  update public.instances
  set status = case status when 'active' then 'stopped' else status end, hopsworks_url = null
  where hopsworks_url is not null;
  perform app.want_accounts(
    array(select a.user_id from app.hopsworks_accounts a where a.hopsworks_cluster_id = p.hopsworks_cluster_id),
    p.hopsworks_cluster_id
  )
  from app.hopsworks_provisioning p;
  return null;
end
$$;
