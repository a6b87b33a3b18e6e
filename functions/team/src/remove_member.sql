-- Ends a membership: the owner removes a member, or a member leaves. The former member becomes an account owner again
-- and, if active, gets a seat as a new user does: after those who wait already. A call that is repeated with the same
-- request id finds it done.
create function remove_member(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args);
  v_user_id text := args #>> '{input,user_id,id}';
  v_request_id text := args #>> '{caller,request_id}';
  v_member public.users;
begin
  -- Lock order: terms before seats. Otherwise a call that waits for usage being recorded would block all sign-ups.
  perform lock_billing_terms();
  perform lock_seats();
  -- Read the caller again: while this call waited for the seat lock, another one may have changed them.
  v_caller := authorize(args);
  select * into v_member from public.users where id = v_user_id for no key update;
  if is_membership_of_request(v_user_id, v_user_id, v_request_id) then
    return '{}';
  end if;
  if v_member.account_owner_id is null
    or v_caller.id not in (v_member.id, v_member.account_owner_id)
    or v_member.status = 'deleted'
  then
    raise exception using
      errcode = 'AP404',
      message = 'member_unknown',
      detail = 'There is no such member in your team.';
  end if;
  perform require_unambiguous(args #> '{input,user_id}');

  perform set_membership(v_member.id, v_member.id, v_request_id);
  insert into public.user_credits (user_id) values (v_member.id) on conflict (user_id) do nothing;
  if v_member.status = 'active' then
    update public.users set waiting_since = null where id = v_member.id and waiting_since is not null;
    perform enqueue_for_seat(v_member.id);
    perform place_waiting();
  end if;
  return '{}';
end
$$;
