-- One deployment of the caller.
create function get_deployment(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_id uuid := args #>> '{input,id}';
begin
  perform require_deployment(v_caller.id, v_id);
  return (select d.description from described_deployments d where d.id = v_id and d.user_id = v_caller.id);
end
$$;
