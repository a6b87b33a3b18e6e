-- What was consumed, at which price.

-- Prices in US dollars; a row applies from its day until the next row's day.
create table if not exists public.usage_rates (
  effective_on date not null,
  cpu_hour_usd numeric(12, 6) not null,
  gpu_hour_usd numeric(12, 6) not null,
  storage_gb_month_usd numeric(12, 6) not null,
  created_by text collate "C" not null,
  created_at timestamptz not null default app.now(),

  constraint usage_rates_pkey primary key (effective_on),
  constraint usage_rates_are_not_negative check (cpu_hour_usd >= 0 and gpu_hour_usd >= 0 and storage_gb_month_usd >= 0)
);
call app.protect('public.usage_rates');

-- One row per source, user, project and start of window; the values are absolute. Partitioned by
-- month, so that old months can be detached; the partitions live in `app`, out of PostgREST's sight.
create table if not exists public.usage_readings (
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

call app.protect('public.usage_readings');

-- Makes the partitions from two months back to three months ahead; run again and again. Each is made apart and
-- then attached: made in place, it would have to be alone with `usage_readings`, and meters would wait. (Its
-- foreign key has whoever writes users wait for a moment either way.)
create or replace procedure app.ensure_usage_partitions()
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_month date;
  v_partition text;
begin
  for v_month in
    select generate_series(
      date_trunc('month', app.now() at time zone 'UTC') - interval '2 months',
      date_trunc('month', app.now() at time zone 'UTC') + interval '3 months',
      interval '1 month'
    )::date
  loop
    v_partition := 'usage_readings_' || to_char(v_month, 'YYYY_MM');
    if pg_catalog.to_regclass('app.' || v_partition) is null then
      execute format(
        'create table app.%1$I (like public.usage_readings including all); '
        'alter table public.usage_readings attach partition app.%1$I for values from (%2$L) to (%3$L)',
        v_partition,
        v_month::timestamp at time zone 'UTC',
        (v_month + interval '1 month')::timestamp at time zone 'UTC'
      );
      call app.protect(format('app.%I', v_partition)::regclass);
    end if;
  end loop;
end
$$;

call app.ensure_usage_partitions();

-- The sum of a user's readings of a day, and the account that pays for it.
create table if not exists public.usage_daily (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  account_owner_id text collate "C" not null,
  date date not null,
  cpu_hours numeric(20, 6) not null default 0,
  gpu_hours numeric(20, 6) not null default 0,
  -- Exact: gigabytes x seconds. A gigabyte-month is 720 hours, so 2 592 000 of them.
  storage_gb_seconds numeric(30, 6) not null default 0,
  storage_gb_months numeric(20, 6) not null generated always as (storage_gb_seconds / 2592000) stored,
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),

  constraint usage_daily_pkey primary key (id),
  constraint usage_daily_user_id_date_key unique (user_id, date),
  constraint usage_daily_user_id_fkey foreign key (user_id) references public.users (id),
  constraint usage_daily_account_owner_id_fkey foreign key (account_owner_id) references public.users (id),
  constraint usage_daily_is_not_negative check (cpu_hours >= 0 and gpu_hours >= 0 and storage_gb_seconds >= 0)
);

create index if not exists usage_daily_account_owner_id_idx on public.usage_daily (account_owner_id, date);
call app.protect('public.usage_daily');
