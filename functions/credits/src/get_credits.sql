-- An account's credits: the balance, what was bought and used, and how long the balance lasts at the pace of the last
-- seven days (UTC, with today), or of fewer if the account is younger; and what that makes of the account by its policy.
create function get_credits(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
  v_account_owner_id text := require_account(v_caller, args #>> '{input,user_id}');
begin
  return describe_credits(v_account_owner_id) || describe_credit_state(v_account_owner_id);
end
$$;
