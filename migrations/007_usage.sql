-- Usage and its prices.

-- Prices in US dollars. A row applies from its day until the day of the next row.
create table app.usage_rates (
  effective_on date not null,
  cpu_hour_usd numeric(12, 6) not null,
  gpu_hour_usd numeric(12, 6) not null,
  storage_gb_month_usd numeric(12, 6) not null,
  created_by text collate "C" not null,
  created_at timestamptz not null default app.now(),

  constraint usage_rates_pkey primary key (effective_on),
  constraint usage_rates_are_not_negative check (cpu_hour_usd >= 0 and gpu_hour_usd >= 0 and storage_gb_month_usd >= 0)
);

-- All parts of a price, so that a day can refer to them: a price that a day refers to can be neither changed nor
-- deleted.
create unique index usage_rates_price_key
  on app.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd);
call app.secure_table('app.usage_rates');

-- One row per source, user, project and start of window. The values are absolute. The table is partitioned by month, so
-- that old months can be detached (`app.detach_usage_partitions`); their sums stay in `usage_daily` and in the ledger.
-- The partitions are in `app`, which PostgREST does not serve.
create table app.usage_readings (
  source text collate "C" not null,
  user_id text collate "C" not null,
  project text collate "C" not null default '',
  window_start timestamptz not null,
  window_end timestamptz not null,
  cpu_hours numeric(12, 6) not null,
  gpu_hours numeric(12, 6) not null,
  storage_gb numeric(14, 6) not null,
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),

  constraint usage_readings_pkey primary key (user_id, window_start, source, project),
  constraint usage_readings_user_id_fkey foreign key (user_id) references public.users (id),
  constraint usage_readings_names_are_short check (char_length(source) between 1 and 200 and char_length(project) <= 200),
  constraint usage_readings_are_not_negative check (cpu_hours >= 0 and gpu_hours >= 0 and storage_gb >= 0),
  constraint usage_readings_window_within_a_utc_day check (
    window_start < window_end
    and window_end <= (date_trunc('day', window_start at time zone 'UTC') + interval '1 day') at time zone 'UTC'
  )
) partition by range (window_start);

call app.secure_table('app.usage_readings');

call app.ensure_usage_partitions();

-- The sum of a user's readings of a day (UTC), the account that pays for it, and its price: what has been charged is
-- never repriced.
create table public.usage_daily (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  account_owner_id text collate "C" not null,
  date date not null,
  cpu_hours numeric(20, 6) not null default 0,
  gpu_hours numeric(20, 6) not null default 0,
  -- Exact: gigabytes times seconds. Windows are exact to the microsecond, so these are too.
  storage_gb_seconds numeric(36, 12) not null default 0,
  storage_gb_months numeric(20, 6) not null generated always as (storage_gb_seconds / app.billing_month_seconds()) stored,
  rate_effective_on date not null,
  cpu_hour_usd numeric(12, 6) not null,
  gpu_hour_usd numeric(12, 6) not null,
  storage_gb_month_usd numeric(12, 6) not null,
  -- Exact: US dollars times the seconds of a billing month (`app.billing_month_seconds`), because dividing the cost of
  -- storage by them may never end.
  scaled_cost_usd numeric(44, 18) not null generated always as (
    (cpu_hours * cpu_hour_usd + gpu_hours * gpu_hour_usd) * app.billing_month_seconds()
      + storage_gb_seconds * storage_gb_month_usd
  ) stored,
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),

  constraint usage_daily_pkey primary key (id),
  constraint usage_daily_user_id_date_key unique (user_id, date),
  constraint usage_daily_user_id_fkey foreign key (user_id) references public.users (id),
  constraint usage_daily_account_owner_id_fkey foreign key (account_owner_id) references public.users (id),
  constraint usage_daily_is_not_negative check (cpu_hours >= 0 and gpu_hours >= 0 and storage_gb_seconds >= 0),
  constraint usage_daily_price_is_a_rate
    foreign key (rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd)
    references app.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd),
  constraint usage_daily_price_has_begun check (rate_effective_on <= date)
)
-- Every batch updates a day. Free space on the page keeps the update out of the indexes.
with (fillfactor = 45);

create index usage_daily_account_owner_id_idx on public.usage_daily (account_owner_id, date);
-- No index leads with the date: while the table is small, the planner may prefer such an index to the key, and it keeps
-- that plan when the table has grown.
create index usage_daily_rate_effective_on_idx on public.usage_daily (rate_effective_on, date);
call app.secure_table('public.usage_daily');
