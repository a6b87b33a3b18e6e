-- Says by hand who pays for a namespace of a cluster, for a time in which nobody owns it, or a project whose owner we do not
-- know. What waits for an owner is billed by the next run of `collect-usage`, as if a project had been found.
create function attribute_namespace(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_cluster_id uuid := v_input ->> 'cluster_id';
  v_namespace text := v_input ->> 'namespace';
  v_user_id text := v_input ->> 'user_id';
  v_from_hour timestamptz := coalesce(v_input ->> 'from_hour', '-infinity');
  v_to_hour timestamptz := coalesce(v_input ->> 'to_hour', 'infinity');
begin
  perform require_hopsworks_cluster(v_cluster_id);
  perform require_user(v_user_id);
  -- One after the other, and not while `provision` writes down the cluster's projects.
  perform from app.usage_collection where hopsworks_cluster_id = v_cluster_id for no key update;
  if not is_audited(args, 'namespaces.attribute', v_user_id) then
    -- It stays the project's, and is the user's from now on.
    update app.hopsworks_projects
    set user_id = v_user_id
    where hopsworks_cluster_id = v_cluster_id
      and namespace = v_namespace
      and user_id is null
      and to_hour = 'infinity'
      and from_hour >= v_from_hour
      and to_hour <= v_to_hour;
    if found then
      null;
    elsif exists (
      select
      from app.hopsworks_projects
      where hopsworks_cluster_id = v_cluster_id
        and namespace = v_namespace
        and from_hour < v_to_hour
        and to_hour > v_from_hour
        -- Some owned it for no hour.
        and from_hour < to_hour
    ) then
      raise exception using
        errcode = 'AP409',
        message = 'namespace_owned',
        detail = 'Somebody owns this namespace in that time, or it has been attributed already. What was decided stays: '
          'name the hours in which it has no owner, or correct the accounts by adjustments.';
    else
      insert into app.hopsworks_projects (hopsworks_cluster_id, name, namespace, user_id, from_hour, to_hour)
      values (
        v_cluster_id, coalesce(v_input ->> 'project', left(v_namespace, 200)), v_namespace, v_user_id, v_from_hour, v_to_hour
      );
    end if;
    perform write_audit(args, 'namespaces.attribute', v_user_id, null, v_input);
  end if;
  return jsonb_build_object(
    'namespace', v_namespace,
    'user_id', v_user_id,
    'hours_waiting', (
      select count(*)
      from (
        select
        from app.namespace_hours
        where hopsworks_cluster_id = v_cluster_id
          -- By the index that has this order.
          and namespace between v_namespace and v_namespace
          and hour >= v_from_hour
          and hour < v_to_hour
          and user_id is null
        order by namespace, hour
      ) h
    )
  );
end
$$;
