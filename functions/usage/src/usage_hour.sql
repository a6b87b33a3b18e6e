-- Hours of clusters: what was read, or why nothing was.
create view described_hours as
select
  h.hopsworks_cluster_id,
  h.hour,
  h.state,
  h.due_at,
  h.other_sources,
  jsonb_build_object(
    'cluster_id', h.hopsworks_cluster_id,
    'hour', h.hour,
    'state', h.state,
    'due_at', h.due_at,
    'attempts', h.attempts,
    'code', h.error_code,
    'detail', h.error_detail,
    'collected_at', h.collected_at,
    'revised_at', h.revised_at,
    'namespaces', h.namespaces,
    'cpu_hours', trim_scale(h.cpu_hours)::text,
    'gpu_hours', trim_scale(h.gpu_hours)::text,
    'storage_gb', trim_scale(h.storage_gb)::text,
    'accepted_by', h.accepted_by,
    'other_sources', h.other_sources
  ) as description
from app.usage_coverage h;

-- Answers what is known of an hour, and holds it until the call ends.
create function lock_hour(p_cluster_id uuid, p_hour timestamptz) returns app.usage_coverage
language plpgsql
set search_path from current
as $$
declare
  v_known app.usage_coverage;
begin
  select * into v_known
  from app.usage_coverage
  where hopsworks_cluster_id = p_cluster_id and hour = p_hour
  for no key update;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'hour_unknown',
      detail = 'Nothing is known of this hour: it is not over for long enough, or lies before the first one to be read. '
        'GET /api/admin/usage-coverage lists those that are known.';
  end if;
  return v_known;
end
$$;
