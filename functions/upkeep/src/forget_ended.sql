-- Deletes what ended more than thirty days ago and is no longer shown or needed: deleted deployments, and invites,
-- whatever became of them. (Who is a member, and since when, stands in the history of memberships.) Hours of namespaces
-- go after forty days, when no reading of them would be taken any more: what was billed stands in the readings. What
-- nobody owned stays. It deletes the oldest ten thousand of each, where they are stored, and answers how many.
create function forget_ended(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_deployments integer;
  v_invites integer;
  v_hours integer;
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
  delete from app.namespace_hours
  where ctid = any (
    array(
      select ctid
      from app.namespace_hours
      where hour < app.now() - interval '40 days'
        and user_id is not null
        and coalesce(rejection, 'day_taken_over') = 'day_taken_over'
      order by hour
      limit 10000
      for update skip locked
    )
    || array(
      -- Of the cluster itself: nobody will ever own them.
      select h.ctid
      from app.usage_collection s
      cross join lateral unnest(s.system_namespaces) n (namespace)
      cross join lateral (
        select k.ctid
        from app.namespace_hours k
        where k.hopsworks_cluster_id = s.hopsworks_cluster_id
          and k.namespace = n.namespace
          and k.hour < app.now() - interval '40 days'
          and k.user_id is null
        limit 10000
        for update skip locked
      ) h
      limit 10000
    )
  );
  get diagnostics v_hours = row_count;
  return jsonb_build_object('forgotten', v_deployments + v_invites + v_hours);
end
$$;
