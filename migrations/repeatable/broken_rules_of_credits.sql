-- What breaks a rule about credits: a part of `app.invariant_violations`. Accounts, their entries and their days are
-- read one after the other and put together by account, so that a query for a range of ids reads a range of each.
create or replace view app.broken_rules_of_credits (kind, id, detail) as
select v.kind, uc.user_id, v.detail
from (
  select
    part.user_id,
    max(part.balance) as balance,
    max(part.total_purchased) as total_purchased,
    max(part.total_adjusted) as total_adjusted,
    max(part.total_used) as total_used,
    max(part.cpu_hours_used) as cpu_hours_used,
    max(part.gpu_hours_used) as gpu_hours_used,
    max(part.storage_gb_seconds) as storage_gb_seconds,
    max(part.scaled_cost_usd) as scaled_cost_usd,
    coalesce((max(part.entry))[2], 0) as entry_balance,
    coalesce(sum(part.amount), 0) as amount,
    coalesce(sum(part.amount) filter (where part.total = 'purchased'), 0) as purchased,
    coalesce(sum(part.amount) filter (where part.total = 'adjusted'), 0) as adjusted,
    coalesce(-sum(part.amount) filter (where part.total = 'used'), 0) as used,
    coalesce(sum(part.day_cpu_hours), 0) as day_cpu_hours,
    coalesce(sum(part.day_gpu_hours), 0) as day_gpu_hours,
    coalesce(sum(part.day_storage_gb_seconds), 0) as day_storage_gb_seconds,
    coalesce(sum(part.day_scaled_cost_usd), 0) as day_scaled_cost_usd
  from (
    select
      c.user_id, c.balance, c.total_purchased, c.total_adjusted, c.total_used,
      c.cpu_hours_used, c.gpu_hours_used, c.storage_gb_seconds, c.scaled_cost_usd,
      null::numeric[] as entry, null::numeric as amount, null as total,
      null::numeric as day_cpu_hours, null::numeric as day_gpu_hours, null::numeric as day_storage_gb_seconds,
      null::numeric as day_scaled_cost_usd
    from public.user_credits c
    union all
    select
      t.account_owner_id, null, null, null, null, null, null, null, null,
      -- The greatest is the last one.
      array[t.seq, t.balance_after], t.amount,
      case t.kind
        when 'opening' then t.reference
        when 'adjustment' then 'adjusted'
        when 'usage' then 'used'
        else 'purchased'
      end,
      null, null, null, null
    from app.credit_transactions t
    union all
    -- What a day had been charged before it was taken over is a part of the opening.
    select
      d.account_owner_id, null, null, null, null, null, null, null, null,
      null, null, null,
      d.cpu_hours - coalesce(d.charged_cpu_hours, 0),
      d.gpu_hours - coalesce(d.charged_gpu_hours, 0),
      d.storage_gb_seconds - coalesce(d.charged_storage_gb_seconds, 0),
      d.scaled_cost_usd - coalesce(d.charged_usd, 0) * app.billing_month_seconds()
    from public.usage_daily d
    union all
    select
      o.account_owner_id, null, null, null, null, null, null, null, null,
      null, null, null,
      o.cpu_hours, o.gpu_hours, o.storage_gb_seconds, o.scaled_cost_usd
    from app.opening_usage o
  ) part
  group by part.user_id
) uc
cross join lateral (
  select
    'balance_is_the_last_entry' as kind,
    format('balance %s, the ledger says %s', uc.balance, uc.entry_balance) as detail
  where uc.balance <> uc.entry_balance

  union all
  select 'entries_sum_to_the_balance', format('balance %s, entries sum to %s', uc.balance, uc.amount)
  where uc.balance <> uc.amount

  union all
  select 'totals_are_the_sums_of_entries', format(
    'purchased %s, adjusted %s, used %s; the ledger says %s, %s, %s',
    uc.total_purchased, uc.total_adjusted, uc.total_used, uc.purchased, uc.adjusted, uc.used
  )
  where (uc.total_purchased, uc.total_adjusted, uc.total_used) <> (uc.purchased, uc.adjusted, uc.used)

  union all
  select 'credits_are_the_sums_of_days', format(
    '%s CPU hours, %s GPU hours, %s GB-seconds, costs %s; the opening and the days say %s, %s, %s, %s',
    uc.cpu_hours_used, uc.gpu_hours_used, uc.storage_gb_seconds, uc.scaled_cost_usd,
    uc.day_cpu_hours, uc.day_gpu_hours, uc.day_storage_gb_seconds, uc.day_scaled_cost_usd
  )
  where (uc.cpu_hours_used, uc.gpu_hours_used, uc.storage_gb_seconds, uc.scaled_cost_usd)
    <> (uc.day_cpu_hours, uc.day_gpu_hours, uc.day_storage_gb_seconds, uc.day_scaled_cost_usd)

  union all
  select
    'used_is_the_rounded_cost',
    format('used %s, the exact costs come to %s', uc.total_used, app.round_cost(uc.scaled_cost_usd))
  -- Less than half a cent apart is rounded rightly. Only what is in doubt is rounded again, which takes longer.
  where abs(uc.scaled_cost_usd - uc.total_used * app.billing_month_seconds()) >= app.billing_month_seconds() / 200
    and uc.total_used <> app.round_cost(uc.scaled_cost_usd)
) v

union all
select 'refunds_stay_within_their_purchase', r.account_owner_id, format('%s of %s were returned of entry %s', -r.amount, p.amount, p.seq)
from (
  select t.account_owner_id, t.refunded_seq, sum(t.amount) as amount
  from app.credit_transactions t
  where t.refunded_seq is not null
  group by t.account_owner_id, t.refunded_seq
) r
join app.credit_transactions p on p.account_owner_id = r.account_owner_id and p.seq = r.refunded_seq
-- Nor may more be taken back of refunds than they took.
where p.kind <> 'purchase' or r.amount > 0 or p.amount + r.amount < 0

union all
-- What the balance makes of an account. A policy that is changed for everybody gets to them a piece at a time: only what is
-- an account's own is looked at.
select v.kind, c.user_id, v.detail
from public.user_credits c
left join app.credit_policies p on p.account_owner_id = c.user_id
cross join lateral (
  select
    'state_is_what_the_balance_makes_it' as kind,
    format('%s, with %s and %s that may be overdrawn; low below %s', c.state, c.balance, c.overdraft, c.warn_below) as detail
  where c.state <> app.credit_state(c.last_seq, c.balance, c.warn_below, c.overdraft, c.state = 'overdue')

  union all
  select
    'cap_level_is_what_the_month_makes_it',
    format('%s per cent of %s, and %s has cost %s', c.cap_level, c.monthly_cap, c.month, app.round_cost(c.month_scaled_cost_usd))
  where c.cap_level <> app.cap_level(c.month_scaled_cost_usd, c.monthly_cap)

  union all
  select 'own_policy_is_in_force', format('the policy of %s is not what its credits go by', c.user_id)
  where c.warn_below <> p.warn_below
    or c.overdraft <> p.overdraft
    or c.grace_days <> p.grace_days
    or c.projects_when_exhausted <> p.projects_when_exhausted
    or c.monthly_cap is distinct from p.monthly_cap

  union all
  select
    'month_costs_what_its_days_do',
    format('%s: costs %s, the days say %s', c.month, c.month_scaled_cost_usd, days.scaled_cost_usd)
  from (
    select coalesce(sum(d.scaled_cost_usd), 0) as scaled_cost_usd
    from public.usage_daily d
    where d.account_owner_id = c.user_id
      and (d.account_owner_id, d.date) >= (c.user_id, c.month)
      and (d.account_owner_id, d.date) < (c.user_id, (c.month + interval '1 month')::date)
  ) days
  where c.month_scaled_cost_usd <> days.scaled_cost_usd
) v;
