-- How usage is read from clusters, as administrators see it. Of the token it says only whether there is one, and under
-- which key it is encrypted.
create view described_collections as
select
  k.hopsworks_cluster_id,
  jsonb_build_object(
    'collects', k.collects,
    'opencost_url', k.opencost_url,
    'tls_ca_pem', k.tls_ca_pem,
    'has_token', k.token is not null,
    'encryption_key_id', split_part(k.token, ':', 2),
    'collect_from', k.collect_from,
    'closed_for_minutes', (extract(epoch from k.closed_for) / 60)::integer,
    'cpu_cores', k.cpu_cores,
    'gpus', k.gpus,
    'system_namespaces', k.system_namespaces,
    'failure', case
      when k.error_code is not null then jsonb_build_object(
        'code', k.error_code, 'detail', k.error_detail, 'since', k.failing_since
      )
    end,
    'projects_failure', case
      when k.projects_error_code is not null then jsonb_build_object(
        'code', k.projects_error_code, 'detail', k.projects_error_detail
      )
    end,
    'projects_seen_at', k.projects_seen_at,
    'last_complete_hour', (
      select h.hour
      from app.usage_coverage h
      -- By the key, whose order this is.
      where h.hopsworks_cluster_id between k.hopsworks_cluster_id and k.hopsworks_cluster_id
        and h.hour >= k.collect_from
        and h.hour < coalesce(
          (
            select d.hour
            from app.usage_coverage d
            where d.hopsworks_cluster_id between k.hopsworks_cluster_id and k.hopsworks_cluster_id
              and d.hour >= k.collect_from
              -- These are few, and have an index of their own.
              and d.due_at is not null
              and d.digest is null
            order by d.hopsworks_cluster_id, d.hour
            limit 1
          ),
          'infinity'
        )
      order by h.hopsworks_cluster_id desc, h.hour desc
      limit 1
    ),
    'last_hour', (
      select jsonb_build_object(
        'hour', h.hour,
        'namespaces', h.namespaces,
        'cpu_hours', trim_scale(h.cpu_hours)::text,
        'gpu_hours', trim_scale(h.gpu_hours)::text,
        'storage_gb', trim_scale(h.storage_gb)::text
      )
      from app.usage_coverage h
      where h.hopsworks_cluster_id between k.hopsworks_cluster_id and k.hopsworks_cluster_id
        and h.digest is not null
      order by h.hopsworks_cluster_id desc, h.hour desc
      limit 1
    )
  ) as description
from app.usage_collection k;

-- Sets how usage is read from a cluster. What the changes leave out stays; null ends it, and what was read stays. The
-- first time, the source of its readings becomes the collector's.
create function set_collection(p_cluster_id uuid, p_changes jsonb) returns void
language plpgsql
set search_path from current
as $$
declare
  c_client_id constant text := 'collect-usage';
  v_source text := 'opencost:' || p_cluster_id;
  v_collect_from timestamptz := p_changes ->> 'collect_from';
  v_closed_for interval := make_interval(mins => (p_changes ->> 'closed_for_minutes')::integer);
  v_system_namespaces text[] := case
    when jsonb_typeof(p_changes -> 'system_namespaces') = 'array' then array(
      select jsonb_array_elements_text(p_changes -> 'system_namespaces')
    )
  end;
begin
  if p_changes is null then
    return;
  elsif p_changes = 'null' then
    delete from app.usage_collection where hopsworks_cluster_id = p_cluster_id;
    return;
  end if;
  if v_collect_from < app.now() - interval '35 days' and not exists (
    select from app.usage_collection where hopsworks_cluster_id = p_cluster_id and collect_from = v_collect_from
  ) then
    raise exception using
      errcode = 'AP400',
      message = 'collect_from_too_old',
      detail = 'collection.collect_from: usage of more than 35 days ago is not billed any more. Choose a later hour.';
  end if;
  update app.usage_collection
  set collects = coalesce((p_changes ->> 'collects')::boolean, collects),
      opencost_url = coalesce(p_changes ->> 'opencost_url', opencost_url),
      tls_ca_pem = case when p_changes ? 'tls_ca_pem' then p_changes ->> 'tls_ca_pem' else tls_ca_pem end,
      token = case when p_changes ? 'token' then p_changes ->> 'token' else token end,
      collect_from = coalesce(v_collect_from, collect_from),
      closed_for = coalesce(v_closed_for, closed_for),
      cpu_cores = coalesce((p_changes ->> 'cpu_cores')::integer, cpu_cores),
      gpus = coalesce((p_changes ->> 'gpus')::integer, gpus),
      system_namespaces = coalesce(v_system_namespaces, system_namespaces)
  where hopsworks_cluster_id = p_cluster_id;
  if found then
    return;
  end if;
  perform require_complete_collection(p_changes);
  insert into app.usage_collection (
    hopsworks_cluster_id, collects, opencost_url, tls_ca_pem, token, collect_from, closed_for, cpu_cores, gpus,
    system_namespaces
  )
  values (
    p_cluster_id,
    coalesce((p_changes ->> 'collects')::boolean, true),
    p_changes ->> 'opencost_url',
    p_changes ->> 'tls_ca_pem',
    p_changes ->> 'token',
    coalesce(v_collect_from, date_trunc('hour', app.now(), 'UTC')),
    coalesce(v_closed_for, interval '2 hours'),
    (p_changes ->> 'cpu_cores')::integer,
    (p_changes ->> 'gpus')::integer,
    coalesce(
      v_system_namespaces,
      '{kube-system, kube-public, kube-node-lease, default, opencost, prometheus, monitoring, cert-manager, ingress-nginx,
        hopsworks}'
    )
  );
  insert into app.usage_sources (source, client_id) values (v_source, c_client_id) on conflict (source) do nothing;
  if exists (select from app.usage_sources where source = v_source and client_id <> c_client_id) then
    raise exception using
      errcode = 'AP409',
      message = 'source_of_another_client',
      detail = format(
        'A machine reports for %s already. Give the source to %s first: PUT /api/admin/usage-sources/{source}.',
        v_source,
        c_client_id
      );
  end if;
end
$$;

-- Refuses settings that do not say what nobody else can know.
create function require_complete_collection(p_changes jsonb) returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_changes ->> 'opencost_url' is null then
    raise exception using
      errcode = 'AP400',
      message = 'opencost_url_missing',
      detail = 'collection.opencost_url: the address of this cluster''s OpenCost is missing.';
  end if;
  if p_changes ->> 'cpu_cores' is null or p_changes ->> 'gpus' is null then
    raise exception using
      errcode = 'AP400',
      message = 'capacity_missing',
      detail = 'collection: cpu_cores and gpus must say how much this cluster can have at most. More is not believed.';
  end if;
end
$$;

-- Refuses another server for a token, as the trigger `refuse_moved_token` does to everybody.
create function require_token_of_server(p_cluster_id uuid, p_changes jsonb) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not p_changes ? 'token' and exists (
    select
    from app.usage_collection
    where hopsworks_cluster_id = p_cluster_id
      and token is not null
      and app.server_of(opencost_url) <> app.server_of(p_changes ->> 'opencost_url')
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'token_of_another_server',
      detail = 'The token was given for another server. Send the token for the new address with it, or null.';
  end if;
end
$$;
