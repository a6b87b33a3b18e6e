-- Refuses everyone but the daily schedule: what an HTTP function passes on never says `schedule`, and no route
-- leads to the one function that does.
create or replace function app.require_schedule(args jsonb) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if args #>> '{caller,must_be}' is distinct from 'schedule' then
    raise exception using
      errcode = 'AP403',
      message = 'schedule_only',
      detail = 'This is for the daily schedule alone.';
  end if;
end
$$;
