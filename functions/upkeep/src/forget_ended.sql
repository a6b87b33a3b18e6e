-- Deletes what ended more than thirty days ago and is no longer shown or needed: deleted deployments, and invites,
-- whatever became of them. (Who is a member, and since when, stands in the history of memberships.) It deletes the
-- oldest ten thousand of each, where they are stored, and answers how many.
create function forget_ended(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_deployments integer;
  v_invites integer;
begin
  perform authorize(args, 'schedule');
  delete from public.clusters
  where ctid = any (array(
    select ctid
    from public.clusters
    where status = 'deleted' and deleted_at < app.now() - interval '30 days'
    order by deleted_at
    limit 10000
    for update skip locked
  ));
  get diagnostics v_deployments = row_count;
  delete from public.team_invites
  where ctid = any (array(
    select ctid
    from public.team_invites
    where expires_at < app.now() - interval '30 days'
    order by expires_at
    limit 10000
    for update skip locked
  ));
  get diagnostics v_invites = row_count;
  return jsonb_build_object('forgotten', v_deployments + v_invites);
end
$$;
