-- Withdraws an invite of the caller that nobody has accepted. Withdrawing it again changes nothing.
create function withdraw_invite(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'owner');
  v_invite public.team_invites;
begin
  select * into v_invite
  from public.team_invites
  where id = (args #>> '{input,id}')::uuid and account_owner_id = v_caller.id
  for no key update;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'invite_unknown',
      detail = 'You have sent no invite of this id. GET /api/team/invites lists yours.';
  end if;
  if v_invite.accepted_at is not null then
    raise exception using
      errcode = 'AP409',
      message = 'invite_used',
      detail = 'This invite has been accepted. Remove the member instead.';
  end if;
  update public.team_invites set withdrawn_at = app.now() where id = v_invite.id and withdrawn_at is null;
  return '{}';
end
$$;
