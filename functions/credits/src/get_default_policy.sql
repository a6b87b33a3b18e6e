-- What the balance of an account does that has no policy of its own.
create function get_default_policy(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return describe_default_policy();
end
$$;
