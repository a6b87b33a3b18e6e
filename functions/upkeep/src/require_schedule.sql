-- Refuses every caller but the daily schedule. The HTTP functions never pass `schedule`, and no route leads to the
-- function that does. So a refusal here is a bug of ours, and has no message for a caller.
create function require_schedule(args jsonb) returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if args #>> '{caller,must_be}' is distinct from 'schedule' then
    raise exception using
      errcode = 'insufficient_privilege',
      message = 'the daily work is for the schedule alone';
  end if;
end
$$;
