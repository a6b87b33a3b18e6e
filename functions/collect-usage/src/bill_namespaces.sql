-- What a namespace used in an hour, and whose it is. Without a user it is nobody's.
create type owned_hour as (
  hour timestamptz,
  namespace text collate "C",
  cpu_hours numeric,
  gpu_hours numeric,
  storage_gb numeric,
  user_id text collate "C",
  project text
);

-- The source of a cluster's readings. It belongs to `collect-usage`.
create function source_of_cluster(p_cluster_id uuid) returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return 'opencost:' || p_cluster_id;
end
$$;

-- Keeps what namespaces used, and bills it to their owners, through the same functions as `POST /api/usage`. The caller
-- holds the cluster's row of `app.usage_collection`. It answers null, or why nothing was done, if time can mend that.
--
-- Whom an hour was billed to once, it is billed to for good: it does not pass to another owner. An hour that nobody owned
-- is billed to the first who does. A reading is the sum of an owner's namespaces of one project. The caller has locked the
-- terms of billing before that row.
create function bill_namespaces(p_cluster_id uuid, p_hours namespace_hour[]) returns text
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_owned owned_hour[] := own_hours(p_cluster_id, p_hours);
  v_keys owned_hour[];
  v_readings priced_reading[];
  v_stored record;
begin
  if cardinality(claim_sources(array[source_of_cluster(p_cluster_id)], 'collect-usage')) > 0 then
    return 'source_of_another_client';
  end if;
  select array_agg(r.key order by r.index), price_readings(jsonb_agg(r.reading), '{}')
  into v_keys, v_readings
  from sum_owned_hours(p_cluster_id, v_owned) r;
  -- No price applies yet; or the month is put away.
  if exists (select from unnest(v_readings) r where r.rejection in ('rate_missing', 'window_too_old')) then
    return (select min(r.rejection) from unnest(v_readings) r where r.rejection in ('rate_missing', 'window_too_old'));
  end if;
  perform lock_accounts(array(
    select distinct r.account_owner_id from unnest(v_readings) r where r.rejection is null
  ));
  v_stored := store_batch(v_readings, 'collect-usage');
  perform post_entries(v_stored.changes);
  insert into app.namespace_hours as k (
    hopsworks_cluster_id, hour, namespace, cpu_hours, gpu_hours, storage_gb, user_id, project, rejection
  )
  select p_cluster_id, o.hour, o.namespace, o.cpu_hours, o.gpu_hours, o.storage_gb, o.user_id, o.project, f.code
  from unnest(v_owned) o
  left join (
    select k.hour, k.user_id, k.project, s.result ->> 'code' as code
    from jsonb_array_elements(v_stored.results) s (result)
    join unnest(v_keys) with ordinality k on k.ordinality = (s.result ->> 'index')::integer + 1
    where s.result ->> 'result' = 'rejected'
  ) f on (f.hour, f.user_id, f.project) = (o.hour, o.user_id, o.project)
  order by o.hour, o.namespace
  on conflict (hopsworks_cluster_id, hour, namespace) do update
  set cpu_hours = excluded.cpu_hours,
      gpu_hours = excluded.gpu_hours,
      storage_gb = excluded.storage_gb,
      user_id = excluded.user_id,
      project = excluded.project,
      rejection = excluded.rejection;
  return null;
end
$$;

-- Whose these hours are: those they were billed to, else the owners of the namespaces at that time. A list of projects tells
-- of hours that were over when it was made: for later ones somebody waits, because the project may have passed on meanwhile.
-- Nobody owns the cluster's own namespaces, whatever projects are called.
create function own_hours(p_cluster_id uuid, p_hours namespace_hour[]) returns owned_hour[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_settings app.usage_collection;
begin
  select * into v_settings from app.usage_collection where hopsworks_cluster_id = p_cluster_id;
  return array(
    select
      row(
        h.hour, h.namespace, h.cpu_hours, h.gpu_hours, h.storage_gb,
        coalesce(k.user_id, p.user_id), coalesce(k.project, p.name)
      )::owned_hour
    from unnest(p_hours) h
    left join lateral (
      select n.user_id, n.project
      from app.namespace_hours n
      where n.hopsworks_cluster_id = p_cluster_id and n.hour = h.hour and n.namespace = h.namespace and n.rejection is null
      limit 1
    ) k on true
    left join lateral (
      select o.user_id, o.name
      from app.hopsworks_projects o
      where o.hopsworks_cluster_id = p_cluster_id
        and o.namespace = h.namespace
        and o.from_hour <= h.hour
        and o.to_hour > h.hour
        and o.user_id is not null
        and o.namespace <> all (v_settings.system_namespaces)
        and (o.hopsworks_project_id is null or h.hour + interval '1 hour' <= v_settings.projects_seen_at)
      order by o.from_hour desc
      limit 1
    ) p on k.user_id is null
  );
end
$$;

-- The readings that follow from these hours, numbered from 0, and what each is about. Other namespaces of the same owner,
-- project and hour count, too. What used nothing, and was never told of, gives none.
create function sum_owned_hours(p_cluster_id uuid, p_owned owned_hour[])
returns table (index integer, key owned_hour, reading jsonb)
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  return query
  with part as (
    select o.hour, o.user_id, o.project, o.cpu_hours, o.gpu_hours, o.storage_gb, true as is_new
    from unnest(p_owned) o
    where o.user_id is not null
    union all
    select n.hour, n.user_id, n.project, n.cpu_hours, n.gpu_hours, n.storage_gb, false
    from (select distinct o.hour from unnest(p_owned) o) h
    cross join lateral (
      select k.* from app.namespace_hours k where k.hopsworks_cluster_id = p_cluster_id and k.hour = h.hour and k.user_id is not null
    ) n
    left join unnest(p_owned) o on (o.hour, o.namespace) = (n.hour, n.namespace)
    where o.hour is null
  ),
  total as (
    select
      p.hour, p.user_id, p.project, sum(p.cpu_hours) as cpu_hours, sum(p.gpu_hours) as gpu_hours, sum(p.storage_gb) as storage_gb
    from part p
    group by p.hour, p.user_id, p.project
    having bool_or(p.is_new)
  ),
  numbered as (
    select row_number() over (order by t.hour, t.user_id, t.project)::integer - 1 as index, t.*
    from total t
    left join lateral (
      select true as is_known
      from app.usage_readings r
      where r.user_id = t.user_id
        and r.window_start = t.hour
        and r.source = source_of_cluster(p_cluster_id)
        and r.project = t.project
      limit 1
    ) k on true
    where k.is_known or t.cpu_hours > 0 or t.gpu_hours > 0 or t.storage_gb > 0
  )
  select
    n.index,
    row(n.hour, null, null, null, null, n.user_id, n.project)::owned_hour,
    jsonb_build_object(
      'index', n.index,
      'source', source_of_cluster(p_cluster_id),
      'user_id', n.user_id,
      'project', n.project,
      'window_start', n.hour,
      'window_end', n.hour + interval '1 hour',
      'cpu_hours', n.cpu_hours,
      'gpu_hours', n.gpu_hours,
      'storage_gb', n.storage_gb
    )
  from numbered n;
end
$$;
