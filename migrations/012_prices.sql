-- A day of usage stores its price, so that what has been charged is never repriced.
--
-- The columns are required and computed at once, because no day was stored anywhere when they were added.
-- squawk-ignore-file adding-required-field, adding-field-with-default

-- All parts of a price, so that a day can refer to them: a price that a day refers to can be neither changed nor
-- deleted.
create unique index if not exists usage_rates_price_key
  on app.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd);

do $$
begin
  -- Windows are exact to the microsecond, so gigabyte-seconds are too.
  if exists (
    select from pg_catalog.pg_attribute
    where attrelid = 'public.usage_daily'::regclass and attname = 'storage_gb_seconds'
      and pg_catalog.format_type(atttypid, atttypmod) = 'numeric(30,6)'
  ) then
    alter table public.usage_daily drop column storage_gb_months;
    alter table public.usage_daily alter column storage_gb_seconds type numeric(36, 12);
    alter table public.usage_daily
      add column storage_gb_months numeric(20, 6) not null generated always as (storage_gb_seconds / app.billing_month_seconds()) stored;
  end if;
end
$$;

alter table public.usage_daily
  add column if not exists rate_effective_on date not null,
  add column if not exists cpu_hour_usd numeric(12, 6) not null,
  add column if not exists gpu_hour_usd numeric(12, 6) not null,
  add column if not exists storage_gb_month_usd numeric(12, 6) not null,
  -- Exact: US dollars times the seconds of a billing month (`app.billing_month_seconds`), because dividing the cost of
  -- storage by them may never end.
  add column if not exists scaled_cost_usd numeric(44, 18) not null generated always as (
    (cpu_hours * cpu_hour_usd + gpu_hours * gpu_hour_usd) * app.billing_month_seconds()
      + storage_gb_seconds * storage_gb_month_usd
  ) stored;

do $$
begin
  if not exists (select from pg_catalog.pg_constraint where conname = 'usage_daily_price_is_a_rate') then
    alter table public.usage_daily
      add constraint usage_daily_price_is_a_rate
        foreign key (rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd)
        references app.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd),
      add constraint usage_daily_price_has_begun check (rate_effective_on <= date);
  end if;
end
$$;

-- No index leads with the date: while the table is small, the planner may prefer such an index to the key, and it keeps
-- that plan when the table has grown.
create index if not exists usage_daily_rate_effective_on_idx on public.usage_daily (rate_effective_on, date);

-- Every batch updates a day. Free space on the page keeps the update out of the indexes.
alter table public.usage_daily set (fillfactor = 45);
