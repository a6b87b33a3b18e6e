-- Refuses everyone but the daily schedule: what an HTTP function passes on never says `schedule`, and no route
-- leads to the one function that does. Who is refused here is a bug of ours, and nothing to tell a caller.
create or replace function app.require_schedule(args jsonb) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if args #>> '{caller,must_be}' is distinct from 'schedule' then
    raise exception using
      errcode = 'insufficient_privilege',
      message = 'the daily work is for the schedule alone';
  end if;
end
$$;
