-- How the collection of usage is, for the alarms: for how many seconds the hour that has been due longest is so, how many
-- hours are missing, how many of them because an answer cannot be true, how many clusters cannot be asked; and of the last
-- two days, how many namespaces nobody pays for, and how many hours others report of, too.
create function count_hours(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return (
    select jsonb_build_object(
      'oldest_due_s', coalesce(max(a.oldest_due_s), 0),
      'missing', coalesce(sum(a.missing), 0),
      'implausible', coalesce(sum(a.implausible), 0),
      'failing', count(*) filter (where s.error_code is not null),
      'unattributed', coalesce(sum(u.namespaces), 0),
      'reported_twice', coalesce(sum(t.hours), 0)
    )
    from app.usage_collection s
    cross join lateral (
      select
        greatest(0, extract(epoch from app.now() - min(c.hour) - interval '1 hour' - s.closed_for))::bigint as oldest_due_s,
        count(*) filter (where c.state = 'missing') as missing,
        count(*) filter (where c.error_code in ('empty_answer', 'fewer_namespaces', 'more_than_the_cluster')) as implausible
      from app.usage_coverage c
      where c.hopsworks_cluster_id = s.hopsworks_cluster_id and c.due_at is not null and c.digest is null and c.hour >= s.collect_from
    ) a
    cross join lateral (
      select count(distinct n.namespace) as namespaces
      from app.namespace_hours n
      where n.hopsworks_cluster_id = s.hopsworks_cluster_id
        and n.hour > app.now() - interval '2 days'
        and (n.user_id is null or n.rejection <> 'day_taken_over')
        and n.namespace <> all (s.system_namespaces)
    ) u
    cross join lateral (
      select count(*) as hours
      from app.usage_coverage c
      where c.hopsworks_cluster_id = s.hopsworks_cluster_id
        and c.hour > app.now() - interval '2 days'
        and c.other_sources <> '{}'
    ) t
    where s.collects
  );
end
$$;

grant execute on function count_hours(jsonb) to collector;
