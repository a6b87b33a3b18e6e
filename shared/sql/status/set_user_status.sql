-- Suspends, reactivates or deletes a user as an administrator does, with everything that follows from it. The caller
-- holds `lock_seats()` and calls `place_waiting()` afterwards.
--
-- Deleting frees the seat and withdraws open invites, and a trigger (`end_deployments`) ends the deployments with their
-- keys. An owner with members cannot be deleted, because the members would belong to nobody.
create function set_user_status(p_user_id text, p_status text) returns void
language plpgsql
set search_path from current
as $$
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
    set status = 'deleted', suspended_with_owner = false, suspended_for = '{}', waiting_since = null, deleted_at = app.now()
    where id = p_user_id and status <> 'deleted';
    update public.instances set status = 'deleted', deleted_at = app.now() where user_id = p_user_id and status <> 'deleted';
    update public.team_invites
    set withdrawn_at = app.now()
    where account_owner_id = p_user_id and accepted_at is null and withdrawn_at is null;
    return;
  end if;

  if p_status = 'suspended' then
    perform suspend_user(p_user_id, 'administrator');
    return;
  end if;
  perform lift_suspension(p_user_id, 'administrator');
  -- Of a member whose owner is active, whatever made it so.
  perform lift_suspension(p_user_id, 'owner');
end
$$;
