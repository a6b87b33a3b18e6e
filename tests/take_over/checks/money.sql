-- What accounts and days had and have.

-- A balance that counts.
create or replace function before.balance(p_row jsonb) returns numeric
language sql
stable
as $$ select case when before.choice('balance') is null then before.number(p_row ->> 'balance') end $$;

-- The rows of credits by the account that pays. A number that is none counts as nothing.
create or replace view before.credits as
select
  u.payer,
  count(*) as rows,
  sum(coalesce(before.number(o.row ->> 'total_purchased'), 0)) as bought,
  sum(coalesce(before.number(o.row ->> 'total_used'), 0)) as used,
  sum(coalesce(
    before.balance(o.row),
    coalesce(before.number(o.row ->> 'total_purchased'), 0) - coalesce(before.number(o.row ->> 'total_used'), 0)
  )) as remaining,
  bool_or(before.balance(o.row) is not null) as has_balance,
  sum(greatest(coalesce(before.number(o.row ->> 'cpu_hours_used'), 0), 0)) as cpu_hours,
  sum(greatest(coalesce(before.number(o.row ->> 'gpu_hours_used'), 0), 0)) as gpu_hours,
  sum(greatest(coalesce(before.number(o.row ->> 'storage_gb_months'), 0), 0)) as storage_gb_months,
  -- What rounding may move.
  sum(0.005 * (
    (before.number(o.row ->> 'total_purchased') <> round(before.number(o.row ->> 'total_purchased'), 2))::integer
    + (before.number(o.row ->> 'total_used') <> round(before.number(o.row ->> 'total_used'), 2))::integer
    + coalesce((before.balance(o.row) <> round(before.balance(o.row), 2))::integer, 0)
  )) as rounded
from before.old o
join before.users u on u.id = o.user_id
where o.table_name = 'user_credits'
group by u.payer;

create or replace view before.accounts as
select
  'an account has another balance' as kind,
  format('%s: %s bought, %s used; now %s, %s and %s adjusted', u.id, c.bought, c.used, n.total_purchased, n.total_used, n.total_adjusted) as detail
from public.users u
left join before.credits c on c.payer = u.id
left join public.user_credits n on n.user_id = u.id
where abs(coalesce(c.remaining, 0) - coalesce(n.balance, 0)) > coalesce(c.rounded, 0)
  -- Less than nothing was adjusted, and so may be what rounding left of nothing.
  or coalesce(c.bought, 0) >= coalesce(c.rounded, 0) and coalesce(c.used, 0) >= coalesce(c.rounded, 0) and (
    abs(coalesce(c.bought, 0) - coalesce(n.total_purchased, 0)) > coalesce(c.rounded, 0)
    or abs(coalesce(c.used, 0) - coalesce(n.total_used, 0)) > coalesce(c.rounded, 0)
    or coalesce(n.total_adjusted, 0) <> 0 and not coalesce(c.has_balance, false)
  )
union all
select
  'an account has other hours',
  format('%s: %s, %s, %s; now %s, %s, %s', u.id, c.cpu_hours, c.gpu_hours, c.storage_gb_months, n.cpu_hours_used, n.gpu_hours_used, n.storage_gb_months)
from public.users u
left join before.credits c on c.payer = u.id
left join public.user_credits n on n.user_id = u.id
where greatest(
  abs(coalesce(c.cpu_hours, 0) - coalesce(n.cpu_hours_used, 0)),
  abs(coalesce(c.gpu_hours, 0) - coalesce(n.gpu_hours_used, 0)),
  abs(coalesce(c.storage_gb_months, 0) - coalesce(n.storage_gb_months, 0))
) > 0.000001 * coalesce(c.rows, 0)
union all
-- The sum of the accounts, told without asking who pays.
select 'the money is not the same in total', format('%s before, %s now', o.total, n.total)
from (
  select
    coalesce(sum(coalesce(
    before.balance(o.row),
    coalesce(before.number(o.row ->> 'total_purchased'), 0) - coalesce(before.number(o.row ->> 'total_used'), 0)
  )), 0) as total,
    count(*) as rows
  from before.old o
  where o.table_name = 'user_credits' and o.user_id in (select u.id from before.users u)
) o
cross join (select coalesce(sum(balance), 0) as total from public.user_credits) n
where abs(o.total - n.total) > (select coalesce(sum(c.rounded), 0) from before.credits c)
union all
select 'an entry is no opening', format('%s %s', e.account_owner_id, e.kind)
from app.credit_transactions e
where e.kind <> 'opening' or e.seq > 3;

-- Days of users whom we know, twice or not.
create or replace view before.given_days as
select
  o.user_id,
  (before.moment(o.row ->> 'date') at time zone 'UTC')::date as date,
  count(*) as rows,
  sum(greatest(coalesce(before.number(o.row ->> 'cpu_hours'), 0), 0)) as cpu_hours,
  sum(greatest(coalesce(before.number(o.row ->> 'gpu_hours'), 0), 0)) as gpu_hours,
  sum(greatest(coalesce(before.number(o.row ->> 'storage_gb'), 0), 0)) as storage_gb,
  sum(coalesce(before.number(o.row ->> 'total_cost'), 0)) as cost,
  sum(0.005 * (before.number(o.row ->> 'total_cost') <> round(before.number(o.row ->> 'total_cost'), 2))::integer) as rounded,
  min(o.row ->> 'account_owner_id') as paid_by
from before.old o
join before.users u on u.id = o.user_id
where o.table_name = 'usage_daily' and before.moment(o.row ->> 'date') between '1970-01-01' and '9000-01-01'
group by 1, 2;

create or replace view before.days as
select 'a day is not as it was charged' as kind, format('%s; now %s', to_jsonb(g), to_jsonb(d)) as detail
from before.given_days g
left join public.usage_daily d on d.user_id = g.user_id and d.date = g.date
where d.id is null
  or abs(d.charged_usd - g.cost) > coalesce(g.rounded, 0)
  -- What was charged may have a fraction of a cent.
  or abs(d.total_cost - d.charged_usd) > 0.005
  or d.charged_usd = round(d.charged_usd, 2) and d.total_cost <> d.charged_usd
  or greatest(abs(d.cpu_hours - g.cpu_hours), abs(d.gpu_hours - g.gpu_hours), abs(d.storage_gb - g.storage_gb)) > 0.000001 * g.rows
  or (d.charged_cpu_hours, d.charged_gpu_hours) <> (d.cpu_hours, d.gpu_hours)
  or d.cpu_hour_usd is not null
  or d.charged_until is null
  or d.date = (now() at time zone 'UTC')::date and (
    d.charged_until > now()
    or d.charged_until <> greatest(before.choice('charged-until')::timestamptz, d.date::timestamp at time zone 'UTC' + interval '1 microsecond')
      and before.choice('charged-until') is not null
  )
  or d.date < (now() at time zone 'UTC')::date and d.charged_until <> (d.date + 1)::timestamp at time zone 'UTC'
union all
select 'another account paid for a day', format('%s instead of %s', d.account_owner_id, g.paid_by)
from before.given_days g
join public.usage_daily d on d.user_id = g.user_id and d.date = g.date
join public.users p on p.id = g.paid_by and p.account_owner_id is null
-- Days ahead are paid by who pays from now on.
where g.rows = 1 and d.account_owner_id <> g.paid_by and g.date <= (now() at time zone 'UTC')::date
union all
select 'a day from nowhere', format('%s of %s', d.date, d.user_id)
from public.usage_daily d
where not exists (select from before.given_days g where g.user_id = d.user_id and g.date = d.date)
  and d.date between '1970-01-01' and '9000-01-01';
