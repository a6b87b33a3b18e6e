-- The policy of accounts that say nothing else: what an administrator has set, where null means as at first, and what is in
-- force. A cap is an account's own.
create function describe_default_policy() returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  v_set app.default_credit_policy;
begin
  select * into v_set from app.default_credit_policy where id order by id limit 1;
  return jsonb_build_object(
    'own', describe_terms(
      v_set.warn_below, v_set.overdraft, v_set.grace_days, v_set.projects_when_exhausted, null
    ) - 'monthly_cap',
    -- Of an account that nobody has.
    'in_force', describe_policy_in_force('') - 'monthly_cap'
  );
end
$$;
