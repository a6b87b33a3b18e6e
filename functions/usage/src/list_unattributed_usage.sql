-- A page of what namespaces used that could be billed to nobody, by cluster and namespace. Those of the cluster itself are
-- left out.
create function list_unattributed_usage(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_cluster_id uuid := args #>> '{input,cluster_id}';
  v_after_cluster uuid := args #>> '{input,after,cluster_id}';
  v_after_namespace text := args #>> '{input,after,namespace}';
  v_items json[] := '{}';
  v_cluster record;
begin
  for v_cluster in
    select k.hopsworks_cluster_id as id, k.system_namespaces
    from app.usage_collection k
    where (v_cluster_id is null or k.hopsworks_cluster_id = v_cluster_id)
      and (v_after_cluster is null or k.hopsworks_cluster_id >= v_after_cluster)
    order by k.hopsworks_cluster_id
  loop
    v_items := v_items || find_unattributed(
      v_cluster.id,
      case when v_cluster.id = v_after_cluster then v_after_namespace else '' end,
      v_cluster.system_namespaces,
      v_limit + 1 - cardinality(v_items)
    );
    exit when cardinality(v_items) > v_limit;
  end loop;
  return page(v_limit, v_items, array['cluster_id', 'namespace']);
end
$$;

-- What the first namespaces of a cluster after `p_after` used that could be billed to nobody. It goes from one namespace
-- to the next, and reads of each what is unattributed alone.
create function find_unattributed(p_cluster_id uuid, p_after text, p_system_namespaces text[], p_limit integer) returns json[]
language plpgsql stable
set search_path from current
as $$
declare
  v_namespace text := p_after;
  v_items json[] := '{}';
begin
  while cardinality(v_items) < p_limit loop
    v_namespace := (
      select h.namespace
      from app.namespace_hours h
      where h.hopsworks_cluster_id = p_cluster_id
        and h.namespace > v_namespace
        and (h.user_id is null or h.rejection is not null)
      order by h.namespace
      limit 1
    );
    exit when v_namespace is null;
    continue when v_namespace = any (p_system_namespaces);
    v_items := v_items || (
      select json_build_object(
        'cluster_id', p_cluster_id,
        'namespace', v_namespace,
        'code', case when bool_or(h.user_id is null) then 'no_owner' else max(h.rejection) end,
        'hours', count(*),
        'first_hour', min(h.hour),
        'last_hour', max(h.hour),
        'cpu_hours', trim_scale(sum(h.cpu_hours))::text,
        'gpu_hours', trim_scale(sum(h.gpu_hours))::text,
        'storage_gb_hours', trim_scale(sum(h.storage_gb))::text
      )
      from (
        select *
        from app.namespace_hours
        where hopsworks_cluster_id = p_cluster_id
          -- By the index that has this order.
          and namespace between v_namespace and v_namespace
          and (user_id is null or rejection is not null)
        order by namespace, hour
      ) h
    );
  end loop;
  return v_items;
end
$$;
