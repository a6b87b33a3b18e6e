-- One user, for administrators.
create function get_user(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id text := args #>> '{input,id}';
begin
  perform require_user(v_id);
  return describe_tagged_user(v_id);
end
$$;
