-- Where accounts are made by `provision`, an instance is active when its user's account on the cluster of their seat is.
-- Until then it is `provisioning`, whoever writes it.
create or replace function app.set_instance() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if (
    select a.seen_status is distinct from 'active'
    from public.user_hopsworks_assignments s
    join public.hopsworks_clusters c on c.id = s.hopsworks_cluster_id and c.api_key is not null
    join app.hopsworks_provisioning p on p.hopsworks_cluster_id = c.id and p.provisions
    left join app.hopsworks_accounts a on a.user_id = s.user_id and a.hopsworks_cluster_id = c.id
    where s.user_id = new.user_id
    limit 1
  ) then
    new.status := 'provisioning';
    if tg_op = 'INSERT' then
      new.activated_at := null;
    else
      new.activated_at := old.activated_at;
    end if;
  end if;
  return new;
end
$$;
