-- The second half of what `people.sql` begins: readings and what they come to.

-- Usage: every fifth user has ten days of two or three readings each, three of the days in the last month.
insert into public.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd, created_by)
select (app.now() at time zone 'UTC')::date - ago, cpu, gpu, gb, 'scale'
from (values (500, 0.175, 2.5, 0.03), (300, 0.18, 2.4, 0.031), (100, 0.185, 2.45, 0.029)) as r (ago, cpu, gpu, gb);

do $$
begin
  for v_ago in 0 .. 14 loop
    call app.make_usage_partition(
      (date_trunc('month', app.now() at time zone 'UTC') - v_ago * interval '1 month')::date
    );
  end loop;
end
$$;

create temp table scale_days as
select
  u.id as user_id,
  u.n * 10 + j as seed,
  (app.now() at time zone 'UTC')::date - 1 - case
    when j < 3 then j * 10 + pg_temp.drawn(u.n * 10 + j, 10)
    else 30 + (j - 3) * 55 + pg_temp.drawn(u.n * 10 + j, 55)
  end as date
from scale.people u
cross join generate_series(0, 9) j
where u.n % 5 = 0;

insert into public.usage_readings (source, user_id, window_start, window_end, cpu_hours, gpu_hours, storage_gb, created_at)
select
  'meter-' || d.seed % 7,
  d.user_id,
  at,
  at + interval '1 hour',
  pg_temp.drawn(d.seed * 4 + k, 8000000) / 1000000.0,
  case when d.seed % 4 = 0 then pg_temp.drawn(d.seed * 4 + k, 1000) / 1000.0 else 0 end,
  pg_temp.drawn(d.seed * 4 + k + 1, 50000) / 1000.0,
  at + interval '1 hour'
from scale_days d
cross join lateral generate_series(1, 2 + (d.seed % 2)::integer) k
cross join lateral (select (d.date::timestamp + k * interval '5 hours') at time zone 'UTC' as at) t
order by d.date, d.user_id;

create temp table scale_sums as
select
  r.user_id,
  (r.window_start at time zone 'UTC')::date as date,
  sum(r.cpu_hours) as cpu_hours,
  sum(r.gpu_hours) as gpu_hours,
  sum(r.storage_gb * extract(epoch from r.window_end - r.window_start)) as storage_gb_seconds
from public.usage_readings r
group by 1, 2;

insert into public.usage_daily (
  user_id, account_owner_id, date, cpu_hours, gpu_hours, storage_gb_seconds,
  rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd
)
select
  s.user_id, payer.account_owner_id, s.date, s.cpu_hours, s.gpu_hours, s.storage_gb_seconds,
  rate.effective_on, rate.cpu_hour_usd, rate.gpu_hour_usd, rate.storage_gb_month_usd
from scale_sums s
join (
  select
    h.user_id, h.account_owner_id, h.effective_on,
    lead(h.effective_on, 1, 'infinity') over (partition by h.user_id order by h.effective_on) as until
  from public.account_memberships h
) payer on payer.user_id = s.user_id and s.date >= payer.effective_on and s.date < payer.until
join (
  select r.*, lead(r.effective_on, 1, 'infinity') over (order by r.effective_on) as until from public.usage_rates r
) rate on s.date >= rate.effective_on and s.date < rate.until
order by s.date, s.user_id;

-- The ledger of an account: what it bought, one charge for each day that cost something, and a few corrections.
create temp table scale_entries as
with cost as (
  select
    d.account_owner_id,
    d.date,
    app.round_cost(sum(sum(d.scaled_cost_usd)) over (partition by d.account_owner_id order by d.date)) as rounded
  from public.usage_daily d
  group by d.account_owner_id, d.date
),
charge as (
  select
    account_owner_id, date,
    coalesce(lag(rounded) over (partition by account_owner_id order by date), 0) - rounded as amount
  from cost
),
entry as (
  select account_owner_id, date::timestamptz as at, 1 as turn, 'usage' as kind, amount, date::text as reference
  from charge
  where amount <> 0
  union all
  select id, created_at - interval '400 days', 0, 'purchase', 100.00, 'order ' || n from scale.people where n % 5 = 0
  union all
  select id, created_at - interval '200 days', 0, 'purchase', 50.00, 'order again ' || n from scale.people where n % 10 = 0
  union all
  select id, created_at - interval '100 days', 0, 'adjustment', 5.00, null from scale.people where n % 50 = 0
),
placed as (
  select e.*, row_number() over w as seq, sum(e.amount) over w as balance_after
  from entry e
  window w as (partition by account_owner_id order by at, turn)
)
select * from placed;

insert into public.credit_transactions (
  account_owner_id, seq, kind, amount, balance_before, balance_after, reference, reason, idempotency_key, body_hash,
  actor, created_at
)
select
  account_owner_id, seq, kind, amount, balance_after - amount, balance_after, reference,
  case kind when 'adjustment' then 'goodwill' end,
  case when kind <> 'usage' then 'scale-' || kind || account_owner_id || seq end,
  case when kind <> 'usage' then sha256(convert_to(account_owner_id || seq, 'UTF8')) end,
  'scale',
  at
from scale_entries
order by at, account_owner_id;

insert into public.user_credits (
  user_id, balance, last_seq, total_purchased, total_adjusted, total_used,
  cpu_hours_used, gpu_hours_used, storage_gb_seconds, storage_gb_months, scaled_cost_usd, created_at
)
select
  u.id,
  coalesce(l.purchased + l.adjusted - l.used, 0),
  l.last_seq,
  coalesce(l.purchased, 0),
  coalesce(l.adjusted, 0),
  coalesce(l.used, 0),
  coalesce(d.cpu_hours, 0),
  coalesce(d.gpu_hours, 0),
  coalesce(d.storage_gb_seconds, 0),
  coalesce(round(d.storage_gb_seconds / app.billing_month_seconds(), 6), 0),
  coalesce(d.scaled_cost_usd, 0),
  u.created_at
from scale.people u
left join (
  select
    account_owner_id,
    max(seq) as last_seq,
    coalesce(sum(amount) filter (where kind = 'purchase'), 0) as purchased,
    coalesce(sum(amount) filter (where kind = 'adjustment'), 0) as adjusted,
    coalesce(-sum(amount) filter (where kind = 'usage'), 0) as used
  from scale_entries
  group by account_owner_id
) l on l.account_owner_id = u.id
left join (
  select
    account_owner_id,
    sum(cpu_hours) as cpu_hours,
    sum(gpu_hours) as gpu_hours,
    sum(storage_gb_seconds) as storage_gb_seconds,
    sum(scaled_cost_usd) as scaled_cost_usd
  from public.usage_daily
  group by account_owner_id
) d on d.account_owner_id = u.id
order by u.n;

-- The indexes again.
do $$
declare
  v_making text;
begin
  for v_making in select making from scale_indexes loop
    execute v_making;
  end loop;
end
$$;
