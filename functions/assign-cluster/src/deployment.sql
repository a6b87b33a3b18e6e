-- Deployments as their owner sees them. Of the API key they say only whether there is one.
create view described_deployments as
select
  d.id,
  d.user_id,
  d.status,
  d.created_at,
  jsonb_build_object(
    'id', d.id,
    'deployment_type', d.deployment_type,
    'zone', d.zone,
    'status', d.status,
    'hopsworks_project_id', d.hopsworks_project_id,
    'has_hopsworks_api_key', d.hopsworks_api_key is not null,
    'created_at', d.created_at,
    'updated_at', d.updated_at
  ) as description
from public.clusters d;

-- Refuses a deployment that is another user's, or deleted, as if it did not exist.
create function require_deployment(p_user_id text, p_id uuid) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not exists (select from public.clusters where id = p_id and user_id = p_user_id and status <> 'deleted') then
    raise exception using
      errcode = 'AP404',
      message = 'deployment_unknown',
      detail = 'You have no deployment of this id. GET /api/clusters lists yours.';
  end if;
end
$$;
