-- Suspensions. Each has a set of reasons (`administrator`, `money`, `owner`), and each reason ends by itself alone. Whoever
-- calls these holds `lock_seats()`.

-- Suspends a user for a reason, once more if for another one already. It keeps the seat and stops the instance. With an
-- owner the active members are suspended, and come back with the owner. Want of money suspends no administrator, so that
-- nobody is left without one. A member who was suspended with the owner and
-- now is by an administrator does not.
create function suspend_user(p_user_id text, p_reason text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_members text[];
begin
  update public.users u
  set status = 'suspended',
      waiting_since = null,
      suspended_with_owner = false,
      suspended_for = array(select r from unnest(array_remove(u.suspended_for, 'owner') || p_reason) r order by r)
  where u.id = p_user_id and u.status <> 'deleted' and p_reason <> all (u.suspended_for);
  if not found then
    return;
  end if;
  with changed as (
    update public.users
    set status = 'suspended', waiting_since = null, suspended_with_owner = true, suspended_for = '{owner}'
    where account_owner_id = p_user_id and (status = 'active') is true and not (p_reason = 'money' and is_admin)
    returning id
  )
  select array_agg(id) into v_members from changed;
  update public.instances
  set status = 'stopped'
  where user_id = any (p_user_id || v_members) and status in ('provisioning', 'active');
end
$$;

-- Ends one reason. Where it was the last one, the user is active again, and so are the members who were suspended with
-- them. Who has no seat joins the queue: the caller calls `place_waiting()` afterwards.
create function lift_suspension(p_user_id text, p_reason text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_status text;
  v_active text[];
begin
  update public.users u
  set status = case when u.suspended_for = array[p_reason] then 'active' else u.status end,
      suspended_with_owner = false,
      suspended_for = array_remove(u.suspended_for, p_reason)
  where u.id = p_user_id and p_reason = any (u.suspended_for)
  returning u.status into v_status;
  if v_status is distinct from 'active' then
    return;
  end if;
  with changed as (
    update public.users
    set status = 'active', suspended_with_owner = false, suspended_for = '{}'
    where account_owner_id = p_user_id and suspended_with_owner
    returning id
  )
  select p_user_id || array_agg(id) into v_active from changed;
  update public.instances i
  set status = 'active', activated_at = coalesce(i.activated_at, app.now())
  where i.user_id = any (v_active)
    and (select a.id from public.user_hopsworks_assignments a where a.user_id = i.user_id) is not null;
  perform enqueue_for_seat(u.id)
  from unnest(v_active) as u (id)
  where (select a.id from public.user_hopsworks_assignments a where a.user_id = u.id) is null;
end
$$;
