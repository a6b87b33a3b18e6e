-- Invites an address into the caller's team. The invite is open for seven days. The database only gets the hash of the
-- token. There is one open invite per address, and an expired one makes room; an account may have a hundred open ones,
-- and send a hundred in a day. The id comes with the call, so that a repeated call finds its own invite.
create function create_invite(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'owner');
  v_id uuid := args #>> '{input,id}';
  v_email text := args #>> '{input,email}';
begin
  -- One after the other, so that all are counted.
  perform from public.users where id = v_caller.id for no key update;
  v_caller := authorize(args, 'owner');
  if exists (select from public.team_invites where id = v_id) then
    return (select i.description from described_invites i where i.id = v_id and i.account_owner_id = v_caller.id);
  end if;
  perform require_invitable(v_caller, v_email);
  update public.team_invites
  set withdrawn_at = app.now()
  where account_owner_id = v_caller.id
    and lower(email collate "C") = lower(v_email collate "C")
    and accepted_at is null
    and withdrawn_at is null
    and (expires_at <= app.now()) is true;
  perform require_room_for_invite(v_caller.id);
  insert into public.team_invites (id, account_owner_id, email, token_hash, expires_at)
  values (
    v_id,
    v_caller.id,
    v_email,
    decode(args #>> '{input,token_sha256}', 'hex'),
    app.now() + interval '7 days'
  )
  on conflict do nothing;
  if not found then
    raise exception using
      errcode = 'AP409',
      message = 'invite_open',
      detail = 'This address has an open invite. Withdraw it to send another.';
  end if;
  return (select i.description from described_invites i where i.id = v_id and i.account_owner_id = v_caller.id);
end
$$;

-- Refuses the caller's own address, and that of a member.
create function require_invitable(p_caller public.users, p_email text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if lower(p_email collate "C") = lower(p_caller.email collate "C") then
    raise exception using
      errcode = 'AP409',
      message = 'invite_self',
      detail = 'This is your own address. You are in your team already.';
  end if;
  if exists (
    select from public.users
    where lower(email collate "C") = lower(p_email collate "C")
      and account_owner_id = p_caller.id
      and status <> 'deleted'
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'already_member',
      detail = 'Somebody with this address is in your team already.';
  end if;
end
$$;

-- Refuses an owner who has as many open invites as one may have, or has sent as many as one may send in a day. Without a
-- limit one user could fill the disk, also by withdrawing what they send.
create function require_room_for_invite(p_owner_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  c_most_open constant integer := 100;
  c_most_in_a_day constant integer := 100;
begin
  if (
    select count(*)
    from public.team_invites
    where account_owner_id = p_owner_id
      and accepted_at is null
      and withdrawn_at is null
      and (expires_at > app.now()) is true
  ) >= c_most_open then
    raise exception using
      errcode = 'AP409',
      message = 'invite_limit',
      detail = format('You have %s open invites, and no account may have more. Withdraw one to send another.', c_most_open);
  end if;
  if (
    select count(*) from public.team_invites where account_owner_id = p_owner_id and created_at > app.now() - interval '1 day'
  ) >= c_most_in_a_day then
    raise exception using
      errcode = 'AP409',
      message = 'invite_limit',
      detail = format('You have sent %s invites in 24 hours, and no account may send more. Go on tomorrow.', c_most_in_a_day);
  end if;
end
$$;
