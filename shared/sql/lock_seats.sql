-- Seat decisions are made one at a time: whoever takes, frees, moves or adds seats holds this lock
-- first, before any row. So two sign-ups never argue about the last seat, and nobody joins the
-- waiting list in the very moment in which room is made. It ends with the transaction.
create or replace function app.lock_seats() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.seats'));
end
$$;
