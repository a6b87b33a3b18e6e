-- One user, for administrators.
create function get_user(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id text := args #>> '{input,id,id}';
begin
  perform require_named_user(args #> '{input,id}');
  return describe_tagged_user(v_id);
end
$$;
