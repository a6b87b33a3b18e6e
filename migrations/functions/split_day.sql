-- Keeps the projects of a day when somebody writes its hours who does not write them: an older release, or a hand. The
-- trigger leaves out what `store_readings` writes, which says so by a setting of the transaction.
create or replace function app.split_day() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform app.split_day_by_project(new.user_id, new.date);
  return null;
end
$$;
