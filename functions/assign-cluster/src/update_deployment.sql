-- Changes a deployment of the caller. What the change leaves out stays, and null removes.
create function update_deployment(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_id uuid := args #>> '{input,id}';
  v_changes jsonb := args #> '{input,changes}';
begin
  perform require_deployment(v_caller.id, v_id);
  update public.clusters
  set deployment_type = coalesce(v_changes ->> 'deployment_type', deployment_type),
      zone = case when v_changes ? 'zone' then v_changes ->> 'zone' else zone end,
      status = coalesce(v_changes ->> 'status', status),
      hopsworks_project_id = case
        when v_changes ? 'hopsworks_project_id' then v_changes ->> 'hopsworks_project_id'
        else hopsworks_project_id
      end,
      hopsworks_api_key = case
        when v_changes ? 'hopsworks_api_key' then v_changes ->> 'hopsworks_api_key'
        else hopsworks_api_key
      end
  where id = v_id and status <> 'deleted';
  return (select d.description from described_deployments d where d.id = v_id and d.user_id = v_caller.id);
end
$$;
