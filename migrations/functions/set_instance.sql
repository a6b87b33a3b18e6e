-- Where accounts are made by `provision`, an instance is active when its user's account on the cluster of their seat is.
-- Until then it is `provisioning`, whoever writes it.
create or replace function app.set_instance() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_cluster_id uuid := (
    select s.hopsworks_cluster_id from public.user_hopsworks_assignments s where s.user_id = new.user_id limit 1
  );
begin
  if app.provisions(v_cluster_id) and not exists (
    select
    from app.hopsworks_accounts a
    where a.user_id = new.user_id and a.hopsworks_cluster_id = v_cluster_id and a.seen_status = 'active'
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
