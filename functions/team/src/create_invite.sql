-- Invites an address into the caller's team. The invite is open for seven days. The database only gets the hash of the
-- token. There is one open invite per address, and an expired one makes room. The id comes with the call, so that a
-- repeated call finds its own invite.
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
  if exists (select from public.team_invites where id = v_id) then
    return (select i.description from described_invites i where i.id = v_id);
  end if;
  if lower(v_email) = lower(v_caller.email) then
    raise exception using
      errcode = 'AP409',
      message = 'invite_self',
      detail = 'This is your own address. You are in your team already.';
  end if;
  if exists (
    select from public.users
    where lower(email) = lower(v_email) and account_owner_id = v_caller.id and status <> 'deleted'
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'already_member',
      detail = 'Somebody with this address is in your team already.';
  end if;
  update public.team_invites
  set withdrawn_at = app.now()
  where account_owner_id = v_caller.id
    and lower(email) = lower(v_email)
    and accepted_at is null
    and withdrawn_at is null
    and expires_at <= app.now();
  insert into public.team_invites (id, account_owner_id, email, token_hash, expires_at)
  values (
    v_id,
    v_caller.id,
    v_email,
    decode(args #>> '{input,token_sha256}', 'hex'),
    app.now() + interval '7 days'
  )
  on conflict (account_owner_id, lower(email)) where accepted_at is null and withdrawn_at is null do nothing;
  -- The open invite may be the one of this very call, which was repeated before it ended.
  if not found and not exists (select from public.team_invites where id = v_id) then
    raise exception using
      errcode = 'AP409',
      message = 'invite_open',
      detail = 'This address has an open invite. Withdraw it to send another.';
  end if;
  return (select i.description from described_invites i where i.id = v_id);
end
$$;
