-- Bills hours that waited for an owner and have one by now, of the first cluster behind `after` that has such: five hundred
-- at most, the oldest first. It answers which cluster that was, and how many hours; without a cluster there are no more.
--
-- An hour that no price applies to, or that is too old for a reading, goes on waiting.
create function attribute_usage(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  c_at_once constant integer := 500;
  v_after uuid := args #>> '{input,after}';
  v_cluster_id uuid;
  v_hours namespace_hour[];
  v_code text;
begin
  perform authorize(args, 'schedule');
  v_cluster_id := (
    select s.hopsworks_cluster_id
    from app.usage_collection s
    where (v_after is null or s.hopsworks_cluster_id > v_after)
      and cardinality(waiting_owned_hours(s.hopsworks_cluster_id, 1)) > 0
    order by s.hopsworks_cluster_id
    limit 1
  );
  if v_cluster_id is null then
    return jsonb_build_object('cluster_id', null, 'hours', 0);
  end if;
  -- As when an hour is settled: what is billed of one cluster has an order.
  perform lock_billing_terms_shared();
  perform from app.usage_collection where hopsworks_cluster_id = v_cluster_id for no key update;
  v_hours := waiting_owned_hours(v_cluster_id, c_at_once);
  v_code := bill_namespaces(v_cluster_id, v_hours);
  return jsonb_build_object(
    'cluster_id', v_cluster_id, 'hours', case when v_code is null then cardinality(v_hours) else 0 end
  );
end
$$;

-- Hours of a cluster that were nobody's, and whose namespaces are owned at that time, as is known now.
create function waiting_owned_hours(p_cluster_id uuid, p_limit integer) returns namespace_hour[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_first_day date := (select min(effective_on) from app.usage_rates);
  v_settings app.usage_collection;
  v_since timestamptz := greatest(
    app.now() - interval '35 days', app.readings_kept_since(), v_first_day::timestamp at time zone 'UTC'
  );
begin
  if v_first_day is null then
    return '{}';
  end if;
  select * into v_settings from app.usage_collection where hopsworks_cluster_id = p_cluster_id;
  return array(
    select row(w.hour, w.namespace, w.cpu_hours, w.gpu_hours, w.storage_gb)::namespace_hour
    from app.hopsworks_projects p
    cross join lateral (
      select n.*
      from app.namespace_hours n
      where n.hopsworks_cluster_id = p.hopsworks_cluster_id
        and n.namespace = p.namespace
        and n.user_id is null
        and n.hour >= greatest(p.from_hour, v_since)
        and n.hour < p.to_hour
        -- As in `own_hours`.
        and (p.hopsworks_project_id is null or n.hour + interval '1 hour' <= v_settings.projects_seen_at)
      order by n.hour
      limit p_limit
    ) w
    where p.hopsworks_cluster_id = p_cluster_id and p.user_id is not null and p.namespace <> all (v_settings.system_namespaces)
    order by w.hour, w.namespace
    limit p_limit
  );
end
$$;

grant execute on function attribute_usage(jsonb) to collector;
