-- A day of usage carries its price: what was charged once cannot be priced anew.
--
-- Its columns are required and computed from the first: when they came, no day was stored anywhere.
-- squawk-ignore-file adding-required-field, adding-field-with-default

-- What a price is made of, so that a day can refer to all of it: a price that a day refers to can be neither
-- changed nor deleted.
create unique index if not exists usage_rates_price_key
  on public.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd);

do $$
begin
  -- A window is exact to the microsecond, and so are its gigabyte-seconds.
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
        references public.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd),
      add constraint usage_daily_price_has_begun check (rate_effective_on <= date);
  end if;
end
$$;

-- No index leads with the date: while a table is small, one that does may be preferred to the key, and the plan
-- stays when the table has grown.
create index if not exists usage_daily_rate_effective_on_idx on public.usage_daily (rate_effective_on, date);

-- What one reading of a batch says, and who pays for it at which price.
do $$
begin
  if pg_catalog.to_regtype('app.priced_reading') is null then
    create type app.priced_reading as (
      index integer,
      rejection text,
      source text collate "C",
      user_id text collate "C",
      project text collate "C",
      window_start timestamptz,
      window_end timestamptz,
      cpu_hours numeric,
      gpu_hours numeric,
      storage_gb numeric,
      date date,
      account_owner_id text collate "C",
      rate_effective_on date,
      cpu_hour_usd numeric,
      gpu_hour_usd numeric,
      storage_gb_month_usd numeric
    );
  end if;

  -- How an account's credits are to move: by an amount of money, or by what was used.
  if pg_catalog.to_regtype('app.credit_change') is null then
    create type app.credit_change as (
      account_owner_id text collate "C",
      kind text,
      amount numeric,
      cpu_hours numeric,
      gpu_hours numeric,
      storage_gb_seconds numeric,
      scaled_cost_usd numeric,
      reference text,
      reason text,
      refunded_seq bigint,
      idempotency_key text collate "C",
      body_hash bytea,
      actor text collate "C"
    );
  end if;
end
$$;

alter type app.priced_reading owner to app_owner;
alter type app.credit_change owner to app_owner;

-- A day is updated with every batch: room on its page keeps the update out of the indexes.
alter table public.usage_daily set (fillfactor = 45);
