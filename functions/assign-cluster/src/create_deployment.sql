-- Adds a deployment of the caller. The id comes with the call, so that a repeated call finds its own deployment.
create function create_deployment(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_input jsonb := args -> 'input';
  v_id uuid := v_input ->> 'id';
begin
  insert into public.clusters (id, user_id, deployment_type, zone, status, hopsworks_project_id, hopsworks_api_key)
  values (
    v_id,
    v_caller.id,
    v_input ->> 'deployment_type',
    v_input ->> 'zone',
    coalesce(v_input ->> 'status', 'provisioning'),
    v_input ->> 'hopsworks_project_id',
    v_input ->> 'hopsworks_api_key'
  )
  on conflict (id) do nothing;
  return (select d.description from described_deployments d where d.id = v_id);
end
$$;
