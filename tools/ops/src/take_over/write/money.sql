-- Credits with their opening entries, and days as they were charged.

-- What was bought and used, and what is neither because it is below zero.
create temp table openings on commit drop as
select
  n.user_id,
  e.reference,
  e.amount,
  row_number() over account as seq,
  sum(e.amount) over account as balance_after
from new_credits n
cross join lateral (values
  (1, 'purchased', greatest(n.bought, 0)),
  (2, 'adjusted', n.remaining - greatest(n.bought, 0) + greatest(n.used, 0)),
  (3, 'used', -greatest(n.used, 0))
) e (place, reference, amount)
where e.amount <> 0
window account as (partition by n.user_id order by e.place);

insert into app.credit_transactions (
  account_owner_id, seq, kind, amount, balance_before, balance_after, reference, reason, actor
)
select user_id, seq, 'opening', amount, balance_after - amount, balance_after, reference, 'taken over', 'operator'
from openings
order by user_id, seq;

insert into app.opening_usage (account_owner_id, cpu_hours, gpu_hours, storage_gb_seconds, scaled_cost_usd)
select
  n.user_id, n.cpu_hours, n.gpu_hours, n.storage_gb_months * app.billing_month_seconds(),
  greatest(n.used, 0) * app.billing_month_seconds()
from new_credits n
where (n.cpu_hours, n.gpu_hours, n.storage_gb_months, n.used) <> (0, 0, 0, 0);

insert into public.user_credits (id, user_id)
select n.id, n.user_id from new_credits n where n.place is null;
update public.user_credits t
set id = n.id,
    balance = n.remaining,
    last_seq = o.last_seq,
    total_purchased = greatest(n.bought, 0),
    total_adjusted = n.remaining - greatest(n.bought, 0) + greatest(n.used, 0),
    total_used = greatest(n.used, 0),
    cpu_hours_used = n.cpu_hours,
    gpu_hours_used = n.gpu_hours,
    storage_gb_months = n.storage_gb_months,
    storage_gb_seconds = n.storage_gb_months * app.billing_month_seconds(),
    scaled_cost_usd = greatest(n.used, 0) * app.billing_month_seconds(),
    created_at = n.created_at,
    updated_at = n.updated_at
from new_credits n
left join (select user_id, max(seq) as last_seq from openings group by user_id) o on o.user_id = n.user_id
where n.user_id = t.user_id;

update public.usage_daily t
set id = n.id,
    account_owner_id = n.payer,
    cpu_hours = n.cpu_hours,
    gpu_hours = n.gpu_hours,
    storage_gb = n.storage_gb,
    storage_gb_seconds = n.storage_gb * 86400,
    total_cost = pg_temp.cents(n.cost),
    charged_usd = n.cost,
    charged_cpu_hours = n.cpu_hours,
    charged_gpu_hours = n.gpu_hours,
    charged_storage_gb_seconds = n.storage_gb * 86400,
    charged_until = case
      -- The moment must be of its day.
      when n.date = (now() at time zone 'UTC')::date then greatest(
        least(coalesce(pg_temp.choice('charged_until')::timestamptz, now()), (n.date + 1)::timestamp at time zone 'UTC'),
        n.date::timestamp at time zone 'UTC' + interval '1 microsecond'
      )
      else (n.date + 1)::timestamp at time zone 'UTC'
    end,
    scaled_cost_usd = n.cost * app.billing_month_seconds(),
    rate_effective_on = null,
    cpu_hour_usd = null,
    gpu_hour_usd = null,
    storage_gb_month_usd = null,
    created_at = n.created_at,
    updated_at = n.updated_at
from new_days n
where n.user_id = t.user_id and n.date = t.date;

-- Nobody knows of which projects they were.
insert into app.usage_daily_projects (user_id, date, project, cpu_hours, gpu_hours, storage_gb_seconds)
select n.user_id, n.date, '', n.cpu_hours, n.gpu_hours, n.storage_gb * 86400
from new_days n
where (n.cpu_hours, n.gpu_hours, n.storage_gb) <> (0, 0, 0);

-- What the balance makes of each account, by the policy that everybody has at first. Nobody's grace period begins before
-- the take-over.
update public.user_credits c
set state = s.state,
    state_since = app.now(),
    exhausted_at = case when s.state = 'exhausted' then app.now() end,
    due_at = case when s.state = 'exhausted' then app.now() + p.grace_days * interval '24 hours' end,
    month = date_trunc('month', app.now() at time zone 'UTC')::date,
    month_scaled_cost_usd = coalesce(m.scaled_cost_usd, 0),
    cap_level = 0,
    warn_below = p.warn_below,
    overdraft = p.overdraft,
    grace_days = p.grace_days,
    projects_when_exhausted = p.projects_when_exhausted,
    monthly_cap = p.monthly_cap
from public.user_credits k
-- Added up for all at once: the days have no index yet.
left join (
  select d.account_owner_id, sum(d.scaled_cost_usd) as scaled_cost_usd
  from public.usage_daily d
  where date_trunc('month', d.date) = date_trunc('month', app.now() at time zone 'UTC')
  group by d.account_owner_id
) m on m.account_owner_id = k.user_id
cross join lateral app.policy_in_force(k.user_id) p
cross join lateral (select app.credit_state(k.last_seq, k.balance, p.warn_below, p.overdraft, false) as state) s
where k.user_id = c.user_id;

insert into app.taken_over (table_name, row_id, before, why) select table_name, row_id, before, why from archive;
