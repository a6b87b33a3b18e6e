-- An account begins with the policy in force. It has no entries, and so its state is good.
create or replace function app.begin_credit_state() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  select p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap
  into strict new.warn_below, new.overdraft, new.grace_days, new.projects_when_exhausted, new.monthly_cap
  from app.policy_in_force(new.user_id) p;
  return new;
end
$$;
