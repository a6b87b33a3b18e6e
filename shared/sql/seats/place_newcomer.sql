-- Gives a user who has just been created the seat that is due, or a place in the queue. The caller holds
-- `lock_seats_shared()`, or `lock_seats()`.
--
-- Newcomers are placed at the same time. Each takes the `active` cluster with the fewest users where nobody else is
-- sitting down right now. Where that is so everywhere, they wait for the fewest used. So "the fewest users" is exact but
-- for the sign-ups under way.
create function place_newcomer(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_cluster_id uuid;
begin
  if queue_can_move() then
    -- Somebody made room and could not seat all who wait. That goes on in their order, and alone.
    raise exception using errcode = 'serialization_failure', message = 'who waits is seated first';
  end if;
  loop
    select c.id
    into v_cluster_id
    from public.hopsworks_clusters c
    where c.status = 'active'
    order by c.current_users, c.created_at, c.id
    limit 1
    for no key update skip locked;
    if v_cluster_id is null then
      select c.id
      into v_cluster_id
      from public.hopsworks_clusters c
      where c.status = 'active'
      order by c.current_users, c.created_at, c.id
      limit 1
      for no key update;
    end if;
    exit when v_cluster_id is not null or not exists (select from public.hopsworks_clusters where status = 'active');
  end loop;
  if v_cluster_id is null then
    perform enqueue_for_seat(p_user_id);
  else
    insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values (p_user_id, v_cluster_id);
  end if;
end
$$;

-- Which lock a login needs, by what can be seen before it holds one: `shared`, `alone` or `none`. None for a user who
-- sits, and for one who waits while nothing is free for them.
create function seat_lock_of_login(p_user_id text) returns text
language plpgsql stable
set search_path from current
as $$
declare
  v_user public.users;
begin
  if exists (select from public.user_hopsworks_assignments where user_id = p_user_id) then
    return 'none';
  end if;
  select * into v_user from public.users where id = p_user_id;
  if not found then
    return case when queue_can_move() then 'alone' else 'shared' end;
  end if;
  return case
    when v_user.waiting_since is null and v_user.status = 'active' then 'alone'
    when v_user.waiting_since is null or not exists (
      select
      from public.hopsworks_clusters c
      where c.status = 'active' and (v_user.is_owner or c.id = v_user.waiting_cluster_id)
    ) then 'none'
    else 'alone'
  end;
end
$$;

-- True when somebody waits who could sit down now.
create function queue_can_move() returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from public.hopsworks_clusters c
    where c.status = 'active'
      and (
        exists (select from public.users u where u.waiting_since is not null and u.is_owner)
        or exists (select from public.users u where u.waiting_cluster_id = c.id)
      )
  );
end
$$;
