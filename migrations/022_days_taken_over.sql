-- A taken-over day keeps what it was charged: it has no price, and is never repriced. Readings of the hours that had not
-- been charged, on the day of the take-over, give it one for these hours alone.

-- PostgreSQL only notes the new columns, and writes no row. The trigger takes the place of the expression; days of ours
-- keep their price, by a constraint.
-- squawk-ignore-file ban-drop-generated-expression, ban-drop-not-null
alter table public.usage_daily
  -- In US dollars. Null on days that were never charged by another system.
  add column charged_usd numeric(20, 6),
  -- The moment up to which the day was charged: its end or, on the day of the take-over, the time of that. What begins
  -- before is refused.
  add column charged_until timestamptz,
  -- What the day's sums had been then. They are a part of `cpu_hours` and the like.
  add column charged_cpu_hours numeric(20, 6),
  add column charged_gpu_hours numeric(20, 6),
  add column charged_storage_gb_seconds numeric(36, 12),
  -- What the web app reads: the whole cost of the day in US dollars, rounded half to even, and gigabytes on average over
  -- the 24 hours. The trigger `set_day` computes both, and the exact cost, whatever is written.
  add column total_cost numeric(20, 2),
  add column storage_gb numeric(20, 6),
  alter column scaled_cost_usd drop expression,
  alter column rate_effective_on drop not null,
  alter column cpu_hour_usd drop not null,
  alter column gpu_hour_usd drop not null,
  alter column storage_gb_month_usd drop not null;

-- The next file looks at the rows that are there.
alter table public.usage_daily
  add constraint usage_daily_price_is_whole
    check (num_nonnulls(rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd) in (0, 4)) not valid,
  add constraint usage_daily_charge_is_whole check (
    num_nonnulls(charged_usd, charged_until, charged_cpu_hours, charged_gpu_hours, charged_storage_gb_seconds) in (0, 5)
  ) not valid,
  add constraint usage_daily_charge_is_of_its_day check (
    charged_until > date::timestamp at time zone 'UTC'
    and charged_until <= (date + 1)::timestamp at time zone 'UTC'
  ) not valid,
  add constraint usage_daily_holds_what_was_charged check (
    charged_cpu_hours between 0 and cpu_hours
    and charged_gpu_hours between 0 and gpu_hours
    and charged_storage_gb_seconds between 0 and storage_gb_seconds
  ) not valid,
  -- What was not charged has a price.
  add constraint usage_daily_has_a_price check (
    rate_effective_on is not null
    or coalesce(
      (cpu_hours, gpu_hours, storage_gb_seconds)
        = (charged_cpu_hours, charged_gpu_hours, charged_storage_gb_seconds),
      false
    )
  ) not valid,
  add constraint usage_daily_cost_is_its_parts check (
    scaled_cost_usd = coalesce(charged_usd, 0) * app.billing_month_seconds() + coalesce(
      ((cpu_hours - coalesce(charged_cpu_hours, 0)) * cpu_hour_usd
        + (gpu_hours - coalesce(charged_gpu_hours, 0)) * gpu_hour_usd) * app.billing_month_seconds()
        + (storage_gb_seconds - coalesce(charged_storage_gb_seconds, 0)) * storage_gb_month_usd,
      0
    )
  ) not valid;

create trigger set_day
  before insert or update on public.usage_daily
  for each row execute function app.set_day();
-- As a generated column would be, also for rows that are written past all other triggers.
alter table public.usage_daily enable always trigger set_day;
