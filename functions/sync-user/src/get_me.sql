-- What signed-in users may see of themselves.
create function get_me(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_user public.users := authorize(args, 'user_or_suspended');
begin
  return describe_user(v_user.id);
end
$$;
