-- Leases clusters whose hours are due, each for ten minutes, and answers which hours of each, oldest first, and how its
-- OpenCost is reached. The lease comes with the call, so that a repeated call finds its own clusters.
--
-- An hour is expected as soon as it has been over for as long as the cluster's settings say, and given up when it is so
-- old that no reading of it would be taken.
create function claim_hours(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_lease uuid := args #>> '{input,lease}';
  v_room integer := args #>> '{input,room}';
begin
  perform authorize(args, 'schedule');
  -- One claim at a time.
  perform pg_advisory_xact_lock(hashtext('app.usage_collection'));
  if not exists (select from app.usage_collection where lease = v_lease) then
    perform expect_hours();
    update app.usage_collection s
    set lease = v_lease, leased_until = app.now() + interval '10 minutes'
    where s.hopsworks_cluster_id = any (array(
      select d.hopsworks_cluster_id
      from app.usage_collection d
      cross join lateral (
        select c.hour
        from app.usage_coverage c
        -- By the index of what is due, whose order this is.
        where c.hopsworks_cluster_id between d.hopsworks_cluster_id and d.hopsworks_cluster_id
          and c.due_at <= app.now()
          and c.hour >= d.collect_from
        order by c.hopsworks_cluster_id, c.hour
        limit 1
      ) h
      where d.collects
        and d.next_attempt_at <= app.now()
        and (d.leased_until is null or d.leased_until <= app.now())
      order by h.hour
      limit v_room
      for no key update of d skip locked
    ));
  end if;
  return jsonb_build_object('clusters', describe_claimed_hours(v_lease));
end
$$;

-- Notes the hours of each cluster that are to be read by now, and gives up those that nobody would take any more.
create function expect_hours() returns void
language plpgsql
set search_path from current
as $$
declare
  -- Readings may be 35 days old; the hour that is left is for reading.
  v_oldest constant timestamptz := date_trunc('hour', app.now() at time zone 'UTC') at time zone 'UTC' - interval '35 days';
begin
  -- All of them each time: usage may be collected from an earlier hour than it was, or there may have been a pause.
  insert into app.usage_coverage (hopsworks_cluster_id, hour, due_at)
  select s.hopsworks_cluster_id, h.hour, h.hour + interval '1 hour' + s.closed_for
  from app.usage_collection s
  cross join lateral generate_series(
    greatest(s.collect_from, v_oldest), app.now() - interval '1 hour' - s.closed_for, interval '1 hour'
  ) as h (hour)
  where s.collects
  on conflict (hopsworks_cluster_id, hour) do nothing;
  update app.usage_coverage
  set state = case when state in ('expected', 'missing') then 'given_up' else state end, due_at = null
  where due_at is not null and hour < v_oldest;
end
$$;

-- The clusters of a lease, a day of hours each at most.
create function describe_claimed_hours(p_lease uuid) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', s.hopsworks_cluster_id,
      'opencost_url', s.opencost_url,
      'tls_ca_pem', s.tls_ca_pem,
      'token', s.token,
      'hours', array(
        select c.hour
        from app.usage_coverage c
        where c.hopsworks_cluster_id between s.hopsworks_cluster_id and s.hopsworks_cluster_id
          and c.due_at <= app.now()
          and c.hour >= s.collect_from
        -- Hours that were tried in vain hold up no others.
        order by c.attempts > 0, c.hour
        limit 24
      )
    ) order by s.hopsworks_cluster_id), '[]')
    from app.usage_collection s
    where s.lease = p_lease and s.leased_until > app.now()
  );
end
$$;

grant execute on function claim_hours(jsonb) to collector;
