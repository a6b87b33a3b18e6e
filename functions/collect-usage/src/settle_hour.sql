-- Takes what was read of an hour of a cluster, or why nothing was: bills each namespace to its owner of that hour, and
-- notes what is known of the hour. Only while the caller has the lease. It may be called twice: values are absolute.
--
-- Missing is not zero. An answer that cannot be true (no namespace at all, fewer than half of those of the hour before,
-- more than the cluster has) leaves the hour missing until another answer comes, or an administrator accepts it. A later
-- answer that differs moves the difference.
create function settle_hour(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_hour timestamptz := v_input ->> 'hour';
  v_settings app.usage_collection;
  v_coverage app.usage_coverage;
  v_hours namespace_hour[];
  -- By which another answer is told from this one.
  v_digest text;
  v_code text := v_input #>> '{failure,code}';
  v_detail text := v_input #>> '{failure,detail}';
  v_is_of_cluster boolean := coalesce((v_input #>> '{failure,is_of_cluster}')::boolean, false);
begin
  perform authorize(args, 'schedule');
  perform lock_billing_terms_shared();
  -- Held until the end: what is billed of one cluster has an order.
  select * into v_settings
  from app.usage_collection
  where hopsworks_cluster_id = (v_input ->> 'cluster_id')::uuid and lease = (v_input ->> 'lease')::uuid
  for no key update;
  if not found or v_settings.leased_until <= app.now() then
    return jsonb_build_object('is_ours', false);
  end if;
  select * into v_coverage
  from app.usage_coverage
  where hopsworks_cluster_id = v_settings.hopsworks_cluster_id and hour = v_hour;
  if v_code is null then
    v_hours := array(
      select row(v_hour, n.namespace, n.cpu_hours, n.gpu_hours, n.storage_gb)::namespace_hour
      from jsonb_to_recordset(v_input -> 'namespaces') n (
        namespace text collate "C", cpu_hours numeric, gpu_hours numeric, storage_gb numeric
      )
    );
    v_digest := encode(sha256(convert_to(array(select h from unnest(v_hours) h order by h.namespace)::text, 'UTF8')), 'hex');
    if v_coverage.accepted_by is null or v_coverage.doubted_digest is distinct from v_digest then
      select d.code, d.detail into v_code, v_detail from doubt_hour(v_settings, v_coverage, v_hours) d;
    end if;
  end if;
  if v_code is null
    and (
      v_coverage.digest is distinct from v_digest
      -- What was refused may be taken by now.
      or exists (
        select
        from app.namespace_hours
        where hopsworks_cluster_id = v_coverage.hopsworks_cluster_id and hour = v_hour and rejection is not null
      )
    )
  then
    v_code := bill_namespaces(v_settings.hopsworks_cluster_id, v_hours || lost_namespaces(v_coverage, v_hours));
    v_detail := null;
  end if;
  if v_code is null then
    perform note_read_hour(v_coverage, v_hours, v_digest);
  else
    perform note_missing_hour(v_coverage, v_code, v_detail, v_digest);
  end if;
  perform note_answer(v_settings, v_is_of_cluster, v_code, v_detail, (v_input ->> 'is_last')::boolean);
  if v_code is null then
    perform ask_for_owners(v_settings, v_hour);
  end if;
  return jsonb_build_object('is_ours', true, 'code', v_code);
end
$$;

-- Why an answer cannot be true.
create function doubt_hour(
  p_settings app.usage_collection,
  p_coverage app.usage_coverage,
  p_hours namespace_hour[],
  out code text,
  out detail text
)
language plpgsql stable
set search_path from current
as $$
declare
  v_count integer := cardinality(p_hours);
  v_before integer := (
    select c.namespaces
    from app.usage_coverage c
    -- By the key, whose order this is.
    where c.hopsworks_cluster_id between p_coverage.hopsworks_cluster_id and p_coverage.hopsworks_cluster_id
      and c.hour < p_coverage.hour
      and c.digest is not null
    order by c.hopsworks_cluster_id desc, c.hour desc
    limit 1
  );
  v_cpu_hours numeric;
  v_gpu_hours numeric;
begin
  select sum(h.cpu_hours), sum(h.gpu_hours) into v_cpu_hours, v_gpu_hours from unnest(p_hours) h;
  if v_count = 0 then
    code := 'empty_answer';
    detail := 'it names no namespace';
  elsif v_count * 2 < v_before then
    code := 'fewer_namespaces';
    detail := format('it names %s namespaces, and %s the hour before', v_count, v_before);
  elsif v_cpu_hours > p_settings.cpu_cores or v_gpu_hours > p_settings.gpus then
    code := 'more_than_the_cluster';
    detail := format(
      'it tells of %s CPU hours and %s GPU hours in one hour of a cluster with %s cores and %s GPUs',
      v_cpu_hours, v_gpu_hours, p_settings.cpu_cores, p_settings.gpus
    );
  end if;
end
$$;

-- Namespaces that were read before and are not in this answer: they used nothing, as it turns out.
create function lost_namespaces(p_coverage app.usage_coverage, p_hours namespace_hour[]) returns namespace_hour[]
language plpgsql stable
set search_path from current
as $$
begin
  return array(
    select row(k.hour, k.namespace, 0, 0, 0)::namespace_hour
    from app.namespace_hours k
    where k.hopsworks_cluster_id = p_coverage.hopsworks_cluster_id
      and k.hour = p_coverage.hour
      and k.namespace <> all (array(select h.namespace from unnest(p_hours) h))
  );
end
$$;

-- It was read. A day later it is read once more: OpenCost may have learned more by then.
create function note_read_hour(p_coverage app.usage_coverage, p_hours namespace_hour[], p_digest text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_is_other boolean := p_coverage.digest <> p_digest;
begin
  update app.usage_coverage c
  set state = case when v_is_other then 'revised' when c.digest is null then 'collected' else c.state end,
      due_at = case
        when c.collected_at is null then app.now() + interval '1 day'
        -- This was not the later time yet: a call whose answer was lost is repeated.
        when c.due_at > app.now() then c.due_at
      end,
      attempts = 0,
      error_code = null,
      error_detail = null,
      collected_at = coalesce(c.collected_at, app.now()),
      revised_at = case when v_is_other then app.now() else c.revised_at end,
      namespaces = s.namespaces,
      cpu_hours = s.cpu_hours,
      gpu_hours = s.gpu_hours,
      storage_gb = s.storage_gb,
      digest = p_digest,
      accepted_by = null,
      doubted_digest = null,
      other_sources = sources_beside(p_coverage.hopsworks_cluster_id, p_coverage.hour)
  from (
    select
      count(*) as namespaces,
      coalesce(sum(h.cpu_hours), 0) as cpu_hours,
      coalesce(sum(h.gpu_hours), 0) as gpu_hours,
      coalesce(sum(h.storage_gb), 0) as storage_gb
    from unnest(p_hours) h
  ) s
  where c.hopsworks_cluster_id = p_coverage.hopsworks_cluster_id and c.hour = p_coverage.hour;
end
$$;

-- It was not read, and is tried again. An hour that was read before stays what it is.
create function note_missing_hour(
  p_coverage app.usage_coverage, p_code text, p_detail text, p_digest text
) returns void
language plpgsql
set search_path from current
as $$
begin
  update app.usage_coverage
  set state = case when digest is not null then state when p_code = 'window_too_old' then 'given_up' else 'missing' end,
      due_at = case
        when p_code <> 'window_too_old' then app.now() + least(interval '1 minute' * 2 ^ least(attempts, 6), interval '1 hour')
      end,
      attempts = attempts + 1,
      error_code = p_code,
      error_detail = p_detail,
      doubted_digest = p_digest
  where hopsworks_cluster_id = p_coverage.hopsworks_cluster_id and hour = p_coverage.hour;
end
$$;

-- Whether the cluster's OpenCost could be asked at all. If not, no other hour would fare better: the lease ends.
create function note_answer(
  p_settings app.usage_collection, p_failed boolean, p_code text, p_detail text, p_is_last boolean
) returns void
language plpgsql
set search_path from current
as $$
begin
  update app.usage_collection
  set error_code = case when p_failed then p_code end,
      error_detail = case when p_failed then p_detail end,
      failing_since = case when p_failed then coalesce(failing_since, app.now()) end,
      attempts = case when p_failed then attempts + 1 else 0 end,
      next_attempt_at = case
        when p_failed then app.now() + least(interval '1 minute' * 2 ^ least(attempts, 6), interval '1 hour')
        else app.now()
      end,
      lease = case when not (p_is_last or p_failed) then lease end,
      leased_until = case when not (p_is_last or p_failed) then leased_until end
  where hopsworks_cluster_id = p_settings.hopsworks_cluster_id;
end
$$;

-- A namespace that nobody owns may be a project that is younger than the list of projects.
create function ask_for_owners(p_settings app.usage_collection, p_hour timestamptz) returns void
language plpgsql
set search_path from current
as $$
begin
  update app.usage_collection s
  set projects_due_at = app.now()
  where s.hopsworks_cluster_id = p_settings.hopsworks_cluster_id
    and s.projects_due_at > app.now()
    and (s.projects_seen_at is null or s.projects_seen_at < app.now() - interval '5 minutes')
    and exists (
      select
      from app.namespace_hours n
      where n.hopsworks_cluster_id = s.hopsworks_cluster_id
        and n.hour = p_hour
        and n.user_id is null
        and n.namespace <> all (s.system_namespaces)
    );
end
$$;

-- Sources of others that report of the same user and project in this hour.
create function sources_beside(p_cluster_id uuid, p_hour timestamptz) returns text[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  return array(
    select distinct r.source
    from app.namespace_hours n
    cross join lateral (
      select o.source
      from app.usage_readings o
      where o.user_id = n.user_id
        -- Windows lie within a day.
        and o.window_start > p_hour - interval '24 hours'
        and o.window_start < p_hour + interval '1 hour'
        and o.window_end > p_hour
        and o.project = n.project
        and o.source <> source_of_cluster(p_cluster_id)
        and (o.cpu_hours > 0 or o.gpu_hours > 0 or o.storage_gb > 0)
    ) r
    where n.hopsworks_cluster_id = p_cluster_id and n.hour = p_hour and n.user_id is not null
    order by 1
  );
end
$$;

grant execute on function settle_hour(jsonb) to collector;
