-- Makes room for readings, months ahead, and says which months it made. Most days there is nothing to make, and
-- nothing is locked. Else logins and meters wait for the lock that this waits for: so it waits 300 ms at most,
-- and leaves it to another day, of which there are about sixty.
create or replace function app.make_partitions(args jsonb) returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'
as $$
declare
  v_before text[] := app.usage_partitions();
begin
  perform app.require_schedule(args);
  call app.ensure_usage_partitions();
  return jsonb_build_object(
    'made', to_jsonb(array(select p from unnest(app.usage_partitions()) p where p <> all (v_before) order by p))
  );
end
$$;

-- The partitions of `usage_readings`, such as `usage_readings_2026_01`.
create or replace function app.usage_partitions() returns text[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select c.relname::text
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.usage_readings'::regclass
  )
$$;
