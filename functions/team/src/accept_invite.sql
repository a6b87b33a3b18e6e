-- Makes the caller a member of the team that invited them, and gives them a seat beside the owner or lets them wait.
-- The proof is the token, and a verified address equal to the invited one.
--
-- A call that is repeated with the same request id finds its own acceptance. Every other call is told that the invite
-- has been used, also one by the same user with another request id.
create function accept_invite(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_request_id text := args #>> '{caller,request_id}';
  v_token_hash bytea := decode(args #>> '{input,token_sha256}', 'hex');
  v_invite public.team_invites;
begin
  -- Lock order: terms before seats. Otherwise a join that waits for usage being recorded would block all sign-ups.
  perform lock_billing_terms();
  perform lock_seats();
  select * into v_invite
  from public.team_invites
  where id = coalesce(
    (select id from public.team_invites where token_hash = v_token_hash),
    (select invite_id from app.invite_links where token_hash = v_token_hash)
  )
  for no key update;
  if is_membership_of_request(v_caller.id, v_invite.account_owner_id, v_request_id) then
    return describe_place(v_caller.id);
  end if;
  perform require_acceptable(v_invite, args #>> '{input,email}', (args #>> '{input,email_verified}')::boolean);
  -- Read the caller again: while this call waited for the seat lock, another one may have changed them.
  select * into strict v_caller from public.users where id = v_caller.id for no key update;
  perform require_active(v_caller);
  perform require_joinable(v_caller, v_invite.account_owner_id);

  update public.team_invites
  set accepted_at = app.now(), accepted_by_user_id = v_caller.id
  where id = v_invite.id;
  perform set_membership(v_caller.id, v_invite.account_owner_id, v_request_id);
  perform join_owner(v_caller.id, v_invite.account_owner_id);
  return describe_place(v_caller.id);
end
$$;

-- The new member keeps the seat if it is beside the owner's. Otherwise they give it up and wait for one that is.
create function join_owner(p_user_id text, p_owner_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  if (
    (select hopsworks_cluster_id from public.user_hopsworks_assignments where user_id = p_user_id)
      = (select hopsworks_cluster_id from public.user_hopsworks_assignments where user_id = p_owner_id)
  ) is not true then
    perform enqueue_for_seat(p_user_id);
  end if;
  perform place_waiting();
end
$$;

-- Refuses an invite that is unknown, used, expired, withdrawn, or meant for another address.
create function require_acceptable(p_invite public.team_invites, p_email text, p_email_verified boolean)
returns void
language plpgsql stable
set search_path from current
as $$
begin
  if p_invite.id is null then
    raise exception using
      errcode = 'AP404',
      message = 'invite_unknown',
      detail = 'There is no such invite. Check the link, or ask for a new one.';
  end if;
  if p_invite.accepted_at is not null then
    raise exception using
      errcode = 'AP409',
      message = 'invite_used',
      detail = 'This invite has been accepted already, and is good once. If not by you, ask for a new one.';
  end if;
  if p_invite.expires_at <= app.now() then
    raise exception using
      errcode = 'AP409',
      message = 'invite_expired',
      detail = 'This invite has expired. Ask the account owner for a new one.';
  end if;
  if p_invite.withdrawn_at is not null then
    raise exception using
      errcode = 'AP409',
      message = 'invite_withdrawn',
      detail = 'This invite has been withdrawn. Ask the account owner for a new one.';
  end if;
  if lower(p_email collate "C") is distinct from lower(p_invite.email collate "C") then
    raise exception using
      errcode = 'AP403',
      message = 'invite_for_another_address',
      detail = 'This invite was sent to another e-mail address. Sign in with that address to accept it.';
  end if;
  if p_email_verified is not true then
    raise exception using
      errcode = 'AP403',
      message = 'email_not_verified',
      detail = 'Verify your e-mail address, sign in again, and accept the invite then.';
  end if;
end
$$;

-- Refuses users who cannot become members of that account: its owner, members, and owners with members.
create function require_joinable(p_user public.users, p_owner_id text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if p_user.id = p_owner_id then
    raise exception using
      errcode = 'AP409',
      message = 'invite_self',
      detail = 'This invite is your own. You are in your team already.';
  end if;
  if p_user.account_owner_id is not null then
    raise exception using
      errcode = 'AP409',
      message = 'already_member',
      detail = 'You belong to a team already. Leave it to join another.';
  end if;
  if exists (select from public.users where account_owner_id = p_user.id) then
    raise exception using
      errcode = 'AP409',
      message = 'has_members',
      detail = 'Your account has members. Remove them from your team to join another.';
  end if;
  if not exists (
    select from public.users where id = p_owner_id and (status = 'active') is true and account_owner_id is null
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'account_owner_not_active',
      detail = 'The account that invited you is not active. Ask its owner.';
  end if;
end
$$;
