-- What breaks a rule about credits: a part of `app.invariant_violations`. The entries of an account are read once, and
-- its days.
create or replace view app.broken_rules_of_credits (kind, id, detail) as
select v.kind, uc.user_id, v.detail
from public.user_credits uc
left join app.opening_usage o on o.account_owner_id = uc.user_id
cross join lateral (
  select
    coalesce((array_agg(t.balance_after))[count(*)], 0) as balance,
    coalesce(sum(t.amount), 0) as total,
    coalesce(sum(t.amount) filter (where t.kind in ('purchase', 'refund') or (t.kind, t.reference) = ('opening', 'purchased')), 0) as purchased,
    coalesce(sum(t.amount) filter (where t.kind = 'adjustment' or (t.kind, t.reference) = ('opening', 'adjusted')), 0) as adjusted,
    coalesce(-sum(t.amount) filter (where t.kind = 'usage' or (t.kind, t.reference) = ('opening', 'used')), 0) as used
  -- In their order, which the index gives.
  from (
    select e.balance_after, e.amount, e.kind, e.reference
    from app.credit_transactions e
    where e.account_owner_id = uc.user_id
    order by e.seq
  ) t
) ledger
-- What a day had been charged before it was taken over is a part of the opening.
cross join lateral (
  select
    coalesce(o.cpu_hours, 0) + coalesce(sum(d.cpu_hours - coalesce(d.charged_cpu_hours, 0)), 0) as cpu_hours,
    coalesce(o.gpu_hours, 0) + coalesce(sum(d.gpu_hours - coalesce(d.charged_gpu_hours, 0)), 0) as gpu_hours,
    coalesce(o.storage_gb_seconds, 0)
      + coalesce(sum(d.storage_gb_seconds - coalesce(d.charged_storage_gb_seconds, 0)), 0) as storage_gb_seconds,
    coalesce(o.scaled_cost_usd, 0)
      + coalesce(sum(d.scaled_cost_usd - coalesce(d.charged_usd, 0) * app.billing_month_seconds()), 0) as scaled_cost_usd
  from public.usage_daily d
  where d.account_owner_id = uc.user_id
) days
cross join lateral (
  select
    'balance_is_the_last_entry' as kind,
    format('balance %s, the ledger says %s', uc.balance, ledger.balance) as detail
  where uc.balance <> ledger.balance

  union all
  select 'entries_sum_to_the_balance', format('balance %s, entries sum to %s', uc.balance, ledger.total)
  where uc.balance <> ledger.total

  union all
  select 'totals_are_the_sums_of_entries', format(
    'purchased %s, adjusted %s, used %s; the ledger says %s, %s, %s',
    uc.total_purchased, uc.total_adjusted, uc.total_used, ledger.purchased, ledger.adjusted, ledger.used
  )
  where (uc.total_purchased, uc.total_adjusted, uc.total_used) <> (ledger.purchased, ledger.adjusted, ledger.used)

  union all
  select 'credits_are_the_sums_of_days', format(
    '%s CPU hours, %s GPU hours, %s GB-seconds, costs %s; the opening and the days say %s, %s, %s, %s',
    uc.cpu_hours_used, uc.gpu_hours_used, uc.storage_gb_seconds, uc.scaled_cost_usd,
    days.cpu_hours, days.gpu_hours, days.storage_gb_seconds, days.scaled_cost_usd
  )
  where (uc.cpu_hours_used, uc.gpu_hours_used, uc.storage_gb_seconds, uc.scaled_cost_usd)
    <> (days.cpu_hours, days.gpu_hours, days.storage_gb_seconds, days.scaled_cost_usd)

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
where p.kind <> 'purchase' or p.amount + r.amount < 0;
