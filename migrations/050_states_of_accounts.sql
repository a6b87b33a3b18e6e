-- The accounts that are there get what the present month has cost them, and a state. Nobody's grace period begins before
-- today. Usage of these accounts waits until it is done.
do $$
declare
  v_changed text[] := array(
    select c.user_id
    from public.user_credits c
    where app.credit_state(c.last_seq, c.balance, c.warn_below, c.overdraft, false) <> c.state
      or app.cost_of_month(c.user_id, c.month) <> c.month_scaled_cost_usd
  );
begin
  -- In the order in which everybody locks accounts. What was committed meanwhile is seen by the update.
  perform from public.user_credits where user_id = any (v_changed) order by user_id for no key update;
  update public.user_credits
  set month_scaled_cost_usd = app.cost_of_month(user_id, month)
  where user_id = any (v_changed);
end
$$;

-- So far the number of projects of members did not depend on their account's credit. (`app.want_accounts` is replaced
-- after this file.)
update app.hopsworks_accounts a
set wanted_projects = p.projects_without_credit,
    revision = a.revision + 1,
    wanted_since = app.now(),
    attempts = 0,
    next_attempt_at = app.now(),
    error_code = null,
    error_detail = null,
    stuck_since = null
from public.users u, public.user_credits k, app.hopsworks_provisioning p
where u.id = a.user_id
  and k.user_id = u.account_owner_id
  and k.state = 'exhausted'
  and p.hopsworks_cluster_id = a.hopsworks_cluster_id
  and a.wanted_projects > p.projects_without_credit;

alter table public.user_credits
  validate constraint user_credits_state_is_known,
  validate constraint user_credits_grace_begins_with_exhaustion,
  validate constraint user_credits_month_is_its_first_day,
  validate constraint user_credits_cap_level_is_known;
