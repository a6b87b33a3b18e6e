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
