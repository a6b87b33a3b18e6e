-- Adds a deployment of the caller, up to a hundred at a time and two hundred in a day: without a limit one user could
-- fill the disk, also by deleting what they add. The id comes with the call, so that a repeated call finds its own
-- deployment.
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
  -- One after the other, so that all are counted, and none outlives the deletion of its user.
  perform from public.users where id = v_caller.id for no key update;
  v_caller := authorize(args, 'user');
  if not exists (select from public.clusters where id = v_id) then
    perform require_room_for_deployment(v_caller.id);
  end if;
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
  return (select d.description from described_deployments d where d.id = v_id and d.user_id = v_caller.id);
end
$$;

-- Refuses a user who has as many deployments as one may have, or has added as many as one may add in a day.
create function require_room_for_deployment(p_user_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  c_most constant integer := 100;
  c_most_in_a_day constant integer := 200;
begin
  if (select count(*) from public.clusters where user_id = p_user_id and status <> 'deleted') >= c_most then
    raise exception using
      errcode = 'AP409',
      message = 'deployment_limit',
      detail = format('You have %s deployments, and no user may have more. Delete one to add another.', c_most);
  end if;
  if (
    select count(*) from public.clusters where user_id = p_user_id and created_at > app.now() - interval '1 day'
  ) >= c_most_in_a_day then
    raise exception using
      errcode = 'AP409',
      message = 'deployment_limit',
      detail = format('You have added %s deployments in 24 hours, and no user may add more. Go on tomorrow.', c_most_in_a_day);
  end if;
end
$$;
