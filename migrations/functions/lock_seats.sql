-- Has an edit by hand take its turn among decisions about seats, before it locks a row. The functions of a release have
-- taken the lock long before (`shared/sql/seats/lock_seats.sql`); taking it again costs them next to nothing.
create or replace function app.lock_seats() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Newcomers share the lock, and insert seats.
  if tg_op = 'INSERT' and tg_table_name = 'user_hopsworks_assignments' then
    perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext('app.seats'));
  else
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.seats'));
  end if;
  return null;
end
$$;
