-- Gives an active user without a seat the one that is due, or a place in the queue. Nobody is overtaken: whoever waits
-- longer and could sit there sits first. While more users wait than one call seats, this one waits behind them. A user
-- who waits already keeps their place. The caller holds `lock_seats()`.
create function place_user(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  -- Somebody may be seating this user by hand right now: wait for that, and then see it.
  perform from public.users where id = p_user_id for no key update;
  if not exists (select from public.user_hopsworks_assignments where user_id = p_user_id) then
    -- Where nobody waits, a user can sit down without going through the queue.
    if not exists (select from public.users where waiting_since is not null) and seat_user(p_user_id) then
      return;
    end if;
    perform enqueue_for_seat(p_user_id);
  end if;
  -- Fewer than an administrator's call seats: at a login a person waits, and all other logins wait behind it.
  perform place_waiting(100);
end
$$;

-- Seats an active user who has no seat: an account owner on the `active` cluster (one with free seats) that has the
-- fewest users, a member on the owner's cluster and nowhere else. Answers false when there is no such seat.
create function seat_user(p_user_id text) returns boolean
language plpgsql
set search_path from current
as $$
declare
  v_cluster_id uuid;
begin
  perform from public.users where id = p_user_id for no key update;
  loop
    select c.id
    into v_cluster_id
    from public.users u
    left join public.user_hopsworks_assignments own on own.user_id = u.id
    left join public.user_hopsworks_assignments owners on owners.user_id = u.account_owner_id
    join public.hopsworks_clusters c
      on c.status = 'active' and (u.account_owner_id is null or c.id = owners.hopsworks_cluster_id)
    where u.id = p_user_id and (u.status = 'active') is true and own.id is null
    order by c.current_users, c.created_at, c.id
    limit 1;
    exit when v_cluster_id is null;

    -- Somebody may be editing clusters by hand: take the seat only if there still is one, else look again.
    perform from public.hopsworks_clusters where id = v_cluster_id and status = 'active' for no key update;
    if found then
      -- By trigger: set_seat, count_seats with set_cluster (seats, status), sync_seat with set_waiting (queue,
      -- instance).
      insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values (p_user_id, v_cluster_id);
      return true;
    end if;
  end loop;
  return false;
end
$$;
