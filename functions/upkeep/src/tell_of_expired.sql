-- Marks open invites that are past their days, a thousand at most, and answers how many. A trigger tells of each.
create function tell_of_expired(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_expired integer;
begin
  perform authorize(args, 'schedule');
  update public.team_invites
  set expired_at = app.now()
  where ctid = any (array(
    select ctid
    from public.team_invites
    where expires_at <= app.now() and accepted_at is null and withdrawn_at is null and expired_at is null
    order by expires_at
    limit 1000
    for no key update skip locked
  ));
  get diagnostics v_expired = row_count;
  return jsonb_build_object('expired', v_expired);
end
$$;
