-- Makes the partitions for the readings of the coming months, and answers which it made. On most days there is nothing
-- to make, and nothing is locked. Otherwise logins and meters queue behind the lock that this call waits for, so it
-- waits 300 ms at most. It is retried daily, and there are about 60 days of slack.
create function make_partitions(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
set lock_timeout = '300ms'
as $$
declare
  v_before text[] := usage_partitions();
begin
  perform authorize(args, 'schedule');
  call app.ensure_usage_partitions();
  return jsonb_build_object(
    'made', to_jsonb(array(select p from unnest(usage_partitions()) p where p <> all (v_before) order by p))
  );
end
$$;

-- The partitions of `usage_readings`, such as `usage_readings_2026_01`.
create function usage_partitions() returns text[]
language sql stable
set search_path from current
as $$
  select array(
    select c.relname::text
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'app.usage_readings'::regclass
  )
$$;
