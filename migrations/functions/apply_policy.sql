-- An account's row follows its policy. Whoever has no such row gets the policy with it (`begin_credit_state`).
create or replace function app.apply_policy() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_account_owner_id text := coalesce(new.account_owner_id, old.account_owner_id);
begin
  update public.user_credits c
  set (warn_below, overdraft, grace_days, projects_when_exhausted, monthly_cap) = (
    select p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap
    from app.policy_in_force(v_account_owner_id) p
  )
  where c.user_id = v_account_owner_id;
  return null;
end
$$;
