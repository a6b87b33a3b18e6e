-- Ends a membership: the owner or an administrator removes a member, or a member leaves, also one who was suspended with
-- the owner. The former member becomes an account owner again and, if active, gets a seat as a new user does: after
-- those who wait already. One who is suspended stays so, until an administrator reactivates them. A call that is repeated
-- with the same request id finds it done.
create function remove_member(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize_removal(args);
  v_user_id text := args #>> '{input,user_id,id}';
  v_request_id text := args #>> '{caller,request_id}';
  v_member public.users;
  v_before jsonb;
begin
  -- Lock order: terms before seats. Otherwise a call that waits for usage being recorded would block all sign-ups.
  perform lock_billing_terms();
  perform lock_seats();
  -- Read the caller again: while this call waited for the seat lock, another one may have changed them.
  v_caller := authorize_removal(args);
  select * into v_member from public.users where id = v_user_id for no key update;
  if is_membership_of_request(v_user_id, v_user_id, v_request_id) then
    return '{}';
  end if;
  if v_member.account_owner_id is null
    or not (v_caller.is_admin or v_caller.id in (v_member.id, v_member.account_owner_id))
    or v_member.status = 'deleted'
  then
    raise exception using
      errcode = 'AP404',
      message = 'member_unknown',
      detail = 'There is no such member in a team of yours.';
  end if;
  perform require_unambiguous(args #> '{input,user_id}');

  v_before := describe_membership(v_member.id);
  perform set_membership(v_member.id, v_member.id, v_request_id);
  -- The former owner's reactivation does not concern them any more.
  update public.users
  set suspended_with_owner = false, suspended_for = '{administrator}'
  where id = v_member.id and suspended_with_owner;
  insert into public.user_credits (user_id) values (v_member.id) on conflict (user_id) do nothing;
  if v_member.status = 'active' then
    update public.users set waiting_since = null where id = v_member.id and waiting_since is not null;
    perform enqueue_for_seat(v_member.id);
    perform place_waiting();
  end if;
  if v_caller.id not in (v_member.id, v_member.account_owner_id) then
    perform write_audit(args, 'users.remove_from_team', v_member.id, v_before, describe_membership(v_member.id));
  end if;
  return '{}';
end
$$;

-- As `authorize`, but a member who was suspended with the owner may leave: otherwise they could not go on before the
-- owner can.
create function authorize_removal(args jsonb) returns public.users
language plpgsql stable
set search_path from current
as $$
declare
  v_caller public.users;
begin
  perform require_kind(args, array['user']);
  select * into v_caller
  from public.users
  where id = args #>> '{caller,sub}'
    and id = args #>> '{input,user_id,id}'
    -- Or they have left by this very request, whose answer was lost.
    and (suspended_with_owner or is_membership_of_request(id, id, args #>> '{caller,request_id}'));
  if found then
    return v_caller;
  end if;
  return authorize(args, 'user');
end
$$;

-- A user's account, status and place, for the audit log.
create function describe_membership(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return describe_place(p_user_id) || (
    select jsonb_build_object('status', u.status, 'suspended_with_owner', u.suspended_with_owner)
    from public.users u
    where u.id = p_user_id
  );
end
$$;
