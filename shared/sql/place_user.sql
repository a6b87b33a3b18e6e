-- Gives an active user without a seat the one she may have, or lets her wait.
--
-- An account owner may sit on any `active` cluster (one with free seats) and takes the one with the
-- fewest users; a member may sit on her owner's cluster and nowhere else. Who gets no seat waits, and
-- keeps her place in the queue. A user who has a seat, or is not active, is left alone.
-- The caller holds `app.lock_seats()`.
create or replace function app.place_user(p_user_id text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_cluster_id uuid;
begin
  -- Who seats her by hand in this moment is waited for, and then seen.
  perform from public.users where id = p_user_id for no key update;
  loop
    select c.id
    into v_cluster_id
    from public.users u
    left join public.user_hopsworks_assignments own on own.user_id = u.id
    left join public.user_hopsworks_assignments owners on owners.user_id = u.account_owner_id
    join public.hopsworks_clusters c
      on c.status = 'active' and (u.account_owner_id is null or c.id = owners.hopsworks_cluster_id)
    where u.id = p_user_id and u.status = 'active' and own.id is null
    order by c.current_users, c.created_at, c.id
    limit 1;
    exit when v_cluster_id is null;

    -- Someone may be editing clusters by hand: sit down only if there is room still, else look again.
    perform from public.hopsworks_clusters where id = v_cluster_id and status = 'active' for update;
    if found then
      -- By trigger: set_seat, count_seats with set_cluster (seats, status), sync_seat with set_waiting (queue, instance).
      insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values (p_user_id, v_cluster_id);
      return;
    end if;
  end loop;

  update public.users u
  set waiting_since = app.now()
  where u.id = p_user_id
    and u.status = 'active'
    and u.waiting_since is null
    and not exists (select from public.user_hopsworks_assignments a where a.user_id = u.id);
  if found then
    insert into public.instances as i (user_id, instance_name)
    values (p_user_id, app.instance_name(p_user_id))
    on conflict (user_id) do update set status = 'provisioning', hopsworks_url = null where i.status = 'stopped';
  end if;
end
$$;
