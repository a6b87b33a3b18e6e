-- Triggers keep what depends on seats: `current_users`, the status `full`, instances and the waiting list follow every
-- change of assignments, also one by hand. A constraint refuses seat max_users + 1.

create or replace function app.set_cluster() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.current_users := 0;
  elsif new.current_users <> old.current_users and pg_catalog.pg_trigger_depth() = 1 then
    -- Set by hand and not by `count_seats`: count again.
    new.current_users := (
      select count(*)::integer from public.user_hopsworks_assignments a where a.hopsworks_cluster_id = new.id
    );
  end if;
  if new.status in ('active', 'full') then
    new.status := case when new.current_users >= new.max_users then 'full' else 'active' end;
  end if;
  return new;
end
$$;

create or replace trigger set_cluster
  before insert or update on public.hopsworks_clusters
  for each row execute function app.set_cluster();

create or replace function app.count_seats() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_left uuid := case when tg_op <> 'INSERT' then old.hopsworks_cluster_id end;
  v_taken uuid := case when tg_op <> 'DELETE' then new.hopsworks_cluster_id end;
  v_cluster_id uuid;
begin
  if v_left is not distinct from v_taken then
    return null;
  end if;
  -- Clusters are locked in the order of their ids, as everywhere.
  for v_cluster_id in
    select c.id from public.hopsworks_clusters c where c.id in (v_left, v_taken) order by c.id for update
  loop
    update public.hopsworks_clusters c
    set current_users = c.current_users + case when c.id = v_taken then 1 else -1 end
    where c.id = v_cluster_id;
  end loop;
  return null;
end
$$;

create or replace trigger count_seats
  after insert or update of hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  for each row execute function app.count_seats();

create or replace function app.count_no_seats() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update public.hopsworks_clusters set current_users = 0 where current_users <> 0;
  -- The trigger `set_waiting` computes the column again.
  update public.users set waiting_cluster_id = default where waiting_cluster_id is not null;
  -- Instances of users who wait stay as they are: those users had no seat.
  update public.instances
  set status = case status when 'active' then 'stopped' else status end, hopsworks_url = null
  where hopsworks_url is not null;
  return null;
end
$$;

create or replace trigger count_no_seats
  after truncate on public.user_hopsworks_assignments
  for each statement execute function app.count_no_seats();

create or replace function app.sync_seat() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_left text := case when tg_op <> 'INSERT' then old.user_id end;
  v_taken text := case when tg_op <> 'DELETE' then new.user_id end;
begin
  if tg_op <> 'INSERT' then
    update public.instances
    set status = case when status = 'deleted' then status else 'stopped' end, hopsworks_url = null
    where user_id = old.user_id;
  end if;
  if tg_op <> 'DELETE' then
    -- `app.place_user` may be placing this user right now: it waits, and then sees the seat.
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

create or replace trigger sync_seat
  after insert or update of user_id, hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  for each row execute function app.sync_seat();

-- When a cluster gets another address, its instances get it too.
create or replace function app.sync_api_url() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update public.instances i
  set hopsworks_url = new.api_url
  from public.user_hopsworks_assignments a
  where a.user_id = i.user_id and a.hopsworks_cluster_id = new.id;
  return null;
end
$$;

create or replace trigger sync_api_url
  after update of api_url on public.hopsworks_clusters
  for each row
  when (old.api_url <> new.api_url)
  execute function app.sync_api_url();

-- A name that is valid in a host name and does not reveal the user's address.
create or replace function app.instance_name(user_id text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return 'hops-' || substr(md5(user_id), 1, 12);
end
$$;
