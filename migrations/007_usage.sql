-- Usage and its prices.

-- The seconds of a billing month, which has 30 days of 24 hours. No other place says the number.
--
-- Storage is measured in gigabyte-seconds and priced by the gigabyte-month, and the division by these seconds may never
-- end. To keep costs exact, a `scaled_cost_usd` is US dollars times the seconds of a billing month: there every price
-- gives a finite decimal. It is divided once, where a cost is rounded or shown.
create or replace function app.billing_month_seconds() returns numeric
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return 2592000::numeric;
end
$$;

-- A cost in dollars, rounded to the cent, half to even. Costs are never negative.
create or replace function app.round_cost(p_scaled_cost_usd numeric) returns numeric
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  -- A cent in the scale of the cost.
  c_cent constant numeric := app.billing_month_seconds() / 100;
  v_cents numeric := div(p_scaled_cost_usd, c_cent);
  v_twice_the_rest numeric := 2 * (p_scaled_cost_usd - v_cents * c_cent);
begin
  if v_twice_the_rest > c_cent or (v_twice_the_rest = c_cent and mod(v_cents, 2) = 1) then
    v_cents := v_cents + 1;
  end if;
  return round(v_cents / 100, 2);
end
$$;

-- Prices in US dollars. A row applies from its day until the day of the next row.
create table if not exists app.usage_rates (
  effective_on date not null,
  cpu_hour_usd numeric(12, 6) not null,
  gpu_hour_usd numeric(12, 6) not null,
  storage_gb_month_usd numeric(12, 6) not null,
  created_by text collate "C" not null,
  created_at timestamptz not null default app.now(),

  constraint usage_rates_pkey primary key (effective_on),
  constraint usage_rates_are_not_negative check (cpu_hour_usd >= 0 and gpu_hour_usd >= 0 and storage_gb_month_usd >= 0)
);
call app.secure_table('app.usage_rates');

-- One row per source, user, project and start of window. The values are absolute. The table is partitioned by month, so
-- that old months can be detached (`app.detach_usage_partitions`); their sums stay in `usage_daily` and in the ledger.
-- The partitions are in `app`, which PostgREST does not serve.
create table if not exists app.usage_readings (
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

-- Makes the partition of a month if it is missing. It is made apart and then attached, because `create table …
-- partition of` locks `usage_readings` exclusively and meters would wait. (Writers of `users` wait for a moment either
-- way, for the foreign key.)
create or replace procedure app.make_usage_partition(p_month date)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_partition text := 'usage_readings_' || to_char(p_month, 'YYYY_MM');
begin
  if pg_catalog.to_regclass('app.' || v_partition) is null then
    execute format(
      'create table app.%1$I (like app.usage_readings including all); '
      'alter table app.usage_readings attach partition app.%1$I for values from (%2$L) to (%3$L)',
      v_partition,
      p_month::timestamp at time zone 'UTC',
      (p_month + interval '1 month')::timestamp at time zone 'UTC'
    );
    call app.secure_table(format('app.%I', v_partition)::regclass);
  end if;
end
$$;

-- Since when readings are kept: the start of the oldest attached month, or infinity if no month is attached. PostgreSQL
-- prints a partition's bounds in the session's time zone and style, and they are parsed in the same.
create or replace function app.readings_kept_since() returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(
      min(coalesce(substring(pg_get_expr(c.relpartbound, c.oid) from $f$FROM \('([^']+)'\)$f$)::timestamptz, '-infinity')),
      'infinity'
    )
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    -- A partition that is being detached concurrently is no longer written to.
    where i.inhparent = 'app.usage_readings'::regclass and not i.inhdetachpending
  );
end
$$;

-- Makes the partitions from two months back to three months ahead. It is safe to repeat. A month that was detached is
-- not made again, even if its table has been dropped: none is made before the oldest one that is attached.
create or replace procedure app.ensure_usage_partitions()
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_this_month date := date_trunc('month', app.now() at time zone 'UTC')::date;
  v_kept_since timestamptz := app.readings_kept_since();
  v_month date;
begin
  for v_ahead in -2 .. 3
  loop
    v_month := (v_this_month + v_ahead * interval '1 month')::date;
    if v_month::timestamp at time zone 'UTC' >= v_kept_since or v_kept_since = 'infinity' then
      call app.make_usage_partition(v_month);
    end if;
  end loop;
end
$$;

-- Detaches the months that end before a day, oldest first. Each stays as a table of its own
-- (`app.usage_readings_2025_09`), to be archived and dropped. Meters wait for a moment. If the lock cannot be had in
-- 300 ms, the call fails and can be repeated. A month that may still get readings stays attached.
create or replace procedure app.detach_usage_partitions(p_before date)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'
-- Months are months of UTC, whatever the time zone of the caller.
set timezone = 'UTC'
as $$
declare
  v_end timestamptz := least(p_before::timestamp at time zone 'UTC', app.now() - interval '35 days');
  v_month timestamptz := app.readings_kept_since();
  v_partition text;
begin
  while v_month + interval '1 month' <= v_end
  loop
    v_partition := 'usage_readings_' || to_char(v_month at time zone 'UTC', 'YYYY_MM');
    execute format('alter table app.usage_readings detach partition app.%I', v_partition);
    raise notice 'detached app.%', v_partition;
    v_month := app.readings_kept_since();
  end loop;
end
$$;

call app.ensure_usage_partitions();

-- The sum of a user's readings of a day (UTC), and the account that pays for it.
create table if not exists public.usage_daily (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  account_owner_id text collate "C" not null,
  date date not null,
  cpu_hours numeric(20, 6) not null default 0,
  gpu_hours numeric(20, 6) not null default 0,
  -- Exact: gigabytes times seconds.
  storage_gb_seconds numeric(30, 6) not null default 0,
  storage_gb_months numeric(20, 6) not null generated always as (storage_gb_seconds / app.billing_month_seconds()) stored,
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),

  constraint usage_daily_pkey primary key (id),
  constraint usage_daily_user_id_date_key unique (user_id, date),
  constraint usage_daily_user_id_fkey foreign key (user_id) references public.users (id),
  constraint usage_daily_account_owner_id_fkey foreign key (account_owner_id) references public.users (id),
  constraint usage_daily_is_not_negative check (cpu_hours >= 0 and gpu_hours >= 0 and storage_gb_seconds >= 0)
);

create index if not exists usage_daily_account_owner_id_idx on public.usage_daily (account_owner_id, date);
call app.secure_table('public.usage_daily');
