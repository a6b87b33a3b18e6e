-- Suspends, reactivates or deletes a user, with everything that follows from it. The caller holds `lock_seats()`
-- and calls `place_waiting()` afterwards.
--
-- Suspending keeps the seat and stops the instance. Suspending an owner suspends the active members too, and
-- reactivating the owner brings back those members. Deleting frees the seat and withdraws open invites, and a trigger
-- (`end_deployments`) ends the deployments with their keys. An owner with members cannot be deleted, because the members
-- would belong to nobody.
create function set_user_status(p_user_id text, p_status text) returns void
language plpgsql
set search_path from current
as $$
declare
  -- The user and the members, each by an index of their own.
  v_team text[] := array(
    select id from public.users where id = p_user_id
    union
    select id from public.users where account_owner_id = p_user_id
  );
  v_affected text[];
begin
  if p_status = 'deleted' then
    if exists (select from public.users where account_owner_id = p_user_id) then
      raise exception using
        errcode = 'AP409',
        message = 'has_members',
        detail = 'This account has members. Remove them from the team first.';
    end if;
    delete from public.user_hopsworks_assignments where user_id = p_user_id;
    if exists (select from public.users where id = p_user_id and account_owner_id is not null) then
      -- Deleting a user ends the membership, so that the owner can be deleted later. What was used on this day may not
      -- have been reported yet: the owner pays for it to the end of the day.
      perform set_membership(p_user_id, p_user_id, null, (app.now() at time zone 'UTC')::date + 1);
    end if;
    update public.users
    set status = 'deleted', suspended_with_owner = false, waiting_since = null, deleted_at = app.now()
    where id = p_user_id and status <> 'deleted';
    update public.instances set status = 'deleted', deleted_at = app.now() where user_id = p_user_id and status <> 'deleted';
    update public.team_invites
    set withdrawn_at = app.now()
    where account_owner_id = p_user_id and accepted_at is null and withdrawn_at is null;
    return;
  end if;

  if p_status = 'suspended' then
    with changed as (
      update public.users
      set status = 'suspended', waiting_since = null, suspended_with_owner = (id <> p_user_id)
      where id = any (v_team) and (status = 'active') is true
      returning id
    )
    select array_agg(id) into v_affected from changed;
    -- A member who was suspended with the owner now has a suspension of their own, and no longer comes back with the
    -- owner.
    update public.users set suspended_with_owner = false where id = p_user_id and suspended_with_owner;
    update public.instances set status = 'stopped' where user_id = any (v_affected) and status in ('provisioning', 'active');
    return;
  end if;

  with changed as (
    update public.users
    set status = 'active', suspended_with_owner = false
    where id = any (v_team) and (status = 'suspended') is true and (id = p_user_id or suspended_with_owner)
    returning id
  )
  select array_agg(id) into v_affected from changed;
  update public.instances i
  set status = 'active', activated_at = coalesce(i.activated_at, app.now())
  where i.user_id = any (v_affected)
    and (select a.id from public.user_hopsworks_assignments a where a.user_id = i.user_id) is not null;
  perform enqueue_for_seat(u.id)
  from unnest(v_affected) as u (id)
  where (select a.id from public.user_hopsworks_assignments a where a.user_id = u.id) is null;
end
$$;
