-- A page of hours of clusters, newest first: those that pass all given filters.
create function list_usage_coverage(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return page((args #>> '{input,limit}')::integer, find_hours(args -> 'input'), array['hour', 'cluster_id']);
end
$$;

-- A page of hours, and one more. It is planned again for each call, so that filters that are not given fall away.
create function find_hours(p_input jsonb) returns json[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_cluster_id uuid := p_input ->> 'cluster_id';
  v_state text := p_input ->> 'state';
  -- Those that are to be tried are few, and have an index of their own.
  v_is_due boolean := coalesce(p_input ->> 'state' in ('expected', 'missing'), false);
  v_with_others boolean := coalesce((p_input ->> 'other_sources')::boolean, false);
  v_limit integer := p_input ->> 'limit';
  v_after_hour timestamptz := p_input #>> '{after,hour}';
  v_after_cluster uuid := p_input #>> '{after,cluster_id}';
begin
  return array(
    select h.description::json
    from described_hours h
    where (v_cluster_id is null or h.hopsworks_cluster_id = v_cluster_id)
      and (v_state is null or h.state = v_state)
      and (not v_is_due or h.due_at is not null)
      and (not v_with_others or h.other_sources <> '{}')
      and (
        v_after_hour is null
        or h.hour <= v_after_hour and (h.hour < v_after_hour or h.hopsworks_cluster_id > v_after_cluster)
      )
    order by h.hour desc, h.hopsworks_cluster_id
    limit v_limit + 1
  );
end
$$;
