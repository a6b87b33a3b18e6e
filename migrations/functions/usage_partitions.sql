-- Makes the partition of a month if it is missing. It is made apart and then attached, because `create table …
-- partition of` locks `usage_readings` exclusively and meters would wait. (Writers of `users` wait for a moment either
-- way, for the foreign key.)
create or replace procedure app.make_usage_partition(p_month date)
language plpgsql
-- So that a month that an operator makes by hand has the owner that the others have.
security definer
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
