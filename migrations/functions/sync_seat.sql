-- Instance and waiting list follow a seat that is taken, freed or moved.
create or replace function app.sync_seat() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_left text := case when tg_op <> 'INSERT' then old.user_id end;
  v_taken text := case when tg_op <> 'DELETE' then new.user_id end;
begin
  -- A member's instance comes after the owner's (`app.want_accounts`).
  perform from public.instances i
  where i.user_id = any (array(select u.account_owner_id from public.users u where u.id in (v_left, v_taken)))
  order by i.user_id
  for no key update;
  if tg_op <> 'INSERT' then
    update public.instances
    set status = case when status = 'deleted' then status else 'stopped' end, hopsworks_url = null
    where user_id = old.user_id;
  end if;
  if tg_op <> 'DELETE' then
    -- `place_user` may be placing this user right now: it waits, and then sees the seat.
    perform from public.users where id = new.user_id for no key update;
    update public.users set waiting_since = null where id = new.user_id and waiting_since is not null;
    insert into public.instances as i (user_id, instance_name, hopsworks_url, status, activated_at)
    select u.id, app.instance_name(u.id), c.api_url, case u.status when 'active' then 'active' else 'stopped' end, app.now()
    from public.users u
    join public.hopsworks_clusters c on c.id = new.hopsworks_cluster_id
    where u.id = new.user_id
    on conflict (user_id) do update
    set hopsworks_url = excluded.hopsworks_url,
        status = excluded.status,
        activated_at = coalesce(i.activated_at, excluded.activated_at)
    where i.status <> 'deleted';
  end if;
  -- Members wait for a seat beside their owner: have the trigger `set_waiting` compute again on which cluster that is.
  update public.users
  set waiting_cluster_id = default
  where account_owner_id in (v_left, v_taken) and waiting_since is not null;
  return null;
end
$$;
