-- Deletes a deployment of the caller, and its key. Deleting it again changes nothing.
create function delete_deployment(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_id uuid := args #>> '{input,id}';
begin
  if not exists (select from public.clusters where id = v_id and user_id = v_caller.id) then
    raise exception using
      errcode = 'AP404',
      message = 'deployment_unknown',
      detail = 'You have no deployment of this id. GET /api/clusters lists yours.';
  end if;
  update public.clusters
  set status = 'deleted', deleted_at = app.now(), hopsworks_api_key = null
  where id = v_id and status <> 'deleted';
  return '{}';
end
$$;
