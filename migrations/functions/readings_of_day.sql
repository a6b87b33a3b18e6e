-- The readings of a user's day. A function, so that a query that may need them is not planned for each partition.
create or replace function app.readings_of_day(p_user_id text, p_date date)
returns table (source text, project text, window_start timestamptz)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select r.source, r.project, r.window_start
  from app.usage_readings r
  where r.user_id = p_user_id
    and r.window_start >= p_date::timestamp at time zone 'UTC'
    and r.window_start < (p_date + 1)::timestamp at time zone 'UTC';
end
$$;
