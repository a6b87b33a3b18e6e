-- The policy of an account: what is the account's own, where null means as the default says, and what is in force.
create function describe_policy(p_account_owner_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  v_own app.credit_policies;
begin
  select *
  into v_own
  from app.credit_policies
  where account_owner_id between p_account_owner_id and p_account_owner_id
  order by account_owner_id
  limit 1;
  return jsonb_build_object(
    'user_id', p_account_owner_id,
    'own', describe_terms(
      v_own.warn_below, v_own.overdraft, v_own.grace_days, v_own.projects_when_exhausted, v_own.monthly_cap
    ),
    'in_force', describe_policy_in_force(p_account_owner_id)
  );
end
$$;

create function describe_policy_in_force(p_account_owner_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select describe_terms(p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap)
    from app.policy_in_force(p_account_owner_id) p
  );
end
$$;

create function describe_terms(
  p_warn_below numeric,
  p_overdraft numeric,
  p_grace_days integer,
  p_projects_when_exhausted integer,
  p_monthly_cap numeric
) returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'warn_below', p_warn_below::text,
    'overdraft', p_overdraft::text,
    'grace_days', p_grace_days,
    'projects_when_exhausted', p_projects_when_exhausted,
    'monthly_cap', p_monthly_cap::text
  );
end
$$;
