-- What the balance of an account does: its policy.
create function get_policy(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
begin
  return describe_policy(require_account(v_caller, args #>> '{input,user_id}'));
end
$$;
