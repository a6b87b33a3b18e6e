-- The second half of what `people.sql` begins: readings and what they come to.

insert into app.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd, created_by)
select current_date - ago, cpu, gpu, gb, 'scale'
from (values (500, 0.175, 2.5, 0.03), (300, 0.18, 2.4, 0.031), (100, 0.185, 2.45, 0.029)) as r (ago, cpu, gpu, gb);

do $$
begin
  for v_ago in 0 .. 14 loop
    call app.make_usage_partition((date_trunc('month', now()) - v_ago * interval '1 month')::date);
  end loop;
end
$$;

-- Every fifth user has ten days of two or three readings each, three of the days in the last month.
insert into app.usage_readings (
  source, user_id, window_start, window_end, cpu_hours, gpu_hours, storage_gb, created_at
)
select
  'meter-' || seed % 7, id, at, at + interval '1 hour',
  pg_temp.drawn(seed * 4 + k, 8000000) / 1000000.0,
  case when seed % 4 = 0 then pg_temp.drawn(seed * 4 + k, 1000) / 1000.0 else 0 end,
  pg_temp.drawn(seed * 4 + k + 1, 50000) / 1000.0,
  at + interval '1 hour'
from scale.people
cross join generate_series(0, 9) j
cross join lateral (select n * 10 + j as seed) s
cross join lateral (
  select current_date - 1 - case
    when j < 3 then j * 10 + pg_temp.drawn(seed, 10)
    else 30 + (j - 3) * 55 + pg_temp.drawn(seed, 55)
  end as date
) day
cross join lateral generate_series(1, 2 + seed % 2) k
cross join lateral (select date + k * interval '5 hours' as at) t
where n % 5 = 0
order by date, id;

insert into app.usage_sources (source, client_id) select 'meter-' || n, 'meter@clients' from generate_series(0, 6) n;

-- The days' projects are written below, all at once.
set app.writes_projects = 'on';
insert into public.usage_daily (
  user_id, account_owner_id, date, cpu_hours, gpu_hours, storage_gb_seconds,
  rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd
)
select
  id, case when date >= joined_on then first_id else id end as payer, date, cpu_hours, gpu_hours, storage_gb_seconds,
  effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd
from (
  select
    user_id as id, window_start::date as date, sum(cpu_hours) as cpu_hours, sum(gpu_hours) as gpu_hours,
    sum(storage_gb * 3600) as storage_gb_seconds
  from app.usage_readings
  group by 1, 2
) day
join scale.people using (id)
cross join lateral (
  select * from app.usage_rates where effective_on <= date order by effective_on desc limit 1
) rate
order by date, id;
reset app.writes_projects;
call app.split_days('infinity');

-- The ledger of an account: what it bought, one charge for each day that cost something, and a few corrections.
create temp table scale_entries as
select *, row_number() over w as seq, sum(amount) over w as balance_after
from (
  select
    id, date::timestamptz as at, 'usage' as kind, date::text as reference,
    coalesce(lag(rounded) over (partition by id order by date), 0) - rounded as amount
  from (
    select
      account_owner_id as id, date,
      app.round_cost(sum(sum(scaled_cost_usd)) over (partition by account_owner_id order by date)) as rounded
    from public.usage_daily
    group by 1, 2
  ) cost
  union all
  select id, created_at - days * interval '1 day', kind, order_name || n, amount
  from scale.people
  join (
    values
      (5, 400, 'purchase', 'order ', 100.00),
      (10, 200, 'purchase', 'order again ', 50.00),
      (50, 100, 'adjustment', null, 5.00)
  ) as bought (every, days, kind, order_name, amount) on n % every = 0
) entry
where amount <> 0
window w as (partition by id order by at, kind);

insert into app.credit_transactions (
  account_owner_id, seq, kind, amount, balance_before, balance_after, reference, reason, idempotency_key, body_hash,
  actor, created_at
)
select
  id, seq, kind, amount, balance_after - amount, balance_after, reference,
  case kind when 'adjustment' then 'goodwill' end,
  case when kind <> 'usage' then 'scale-' || kind || id || seq end,
  case when kind <> 'usage' then sha256((id || seq)::bytea) end,
  'scale', at
from scale_entries
order by at, id;

insert into public.user_credits (
  user_id, created_at, last_seq, balance, total_purchased, total_adjusted, total_used,
  cpu_hours_used, gpu_hours_used, storage_gb_seconds, storage_gb_months, scaled_cost_usd,
  state, exhausted_at, due_at, month_scaled_cost_usd
)
select
  id, created_at, last_seq, coalesce(balance, 0), coalesce(purchased, 0), coalesce(adjusted, 0), -coalesce(charged, 0),
  coalesce(cpu_hours, 0), coalesce(gpu_hours, 0), coalesce(gb_seconds, 0),
  coalesce(round(gb_seconds / app.billing_month_seconds(), 6), 0), coalesce(cost, 0),
  state, case when state = 'exhausted' then now() end, case when state = 'exhausted' then now() + interval '14 days' end,
  app.cost_of_month(id, date_trunc('month', now() at time zone 'UTC')::date)
from scale.people
left join (
  select
    id, max(seq) as last_seq, sum(amount) as balance,
    sum(amount) filter (where kind = 'purchase') as purchased,
    sum(amount) filter (where kind = 'adjustment') as adjusted,
    sum(amount) filter (where kind = 'usage') as charged
  from scale_entries
  group by id
) ledger using (id)
left join (
  select
    account_owner_id as id, sum(cpu_hours) as cpu_hours, sum(gpu_hours) as gpu_hours,
    sum(storage_gb_seconds) as gb_seconds, sum(scaled_cost_usd) as cost
  from public.usage_daily
  group by 1
) used using (id)
cross join lateral (select app.credit_state(last_seq, coalesce(balance, 0), 10, 0, false) as state) s;
