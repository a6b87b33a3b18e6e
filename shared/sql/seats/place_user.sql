-- Gives an active user without a seat the one that is due, or lets the user wait.
--
-- An account owner gets a seat on the `active` cluster (one with free seats) that has the fewest users. A member may
-- sit on the owner's cluster and nowhere else. A user who gets no seat waits, and one who waits already keeps their
-- place in the queue. A user who has a seat, or is not active, is left alone. The caller holds `lock_seats()`.
create function place_user(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_cluster_id uuid;
begin
  -- Somebody may be seating this user by hand right now: wait for that, and then see it.
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

    -- Somebody may be editing clusters by hand: take the seat only if there still is one, else look again.
    perform from public.hopsworks_clusters where id = v_cluster_id and status = 'active' for update;
    if found then
      -- By trigger: set_seat, count_seats with set_cluster (seats, status), sync_seat with set_waiting (queue,
      -- instance).
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
