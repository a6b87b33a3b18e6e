-- Decisions about seats are made one at a time: what takes, frees, moves or adds seats takes this lock first, before
-- any row. So two sign-ups never compete for the last seat, and nobody joins the waiting list just when room is made.
-- The lock is held until the transaction ends. Waiting for it ends before the Auth0 Action gives up on us (after 3 s):
-- it hears that we are busy, and nobody waits for a login that has gone on without us.
create function lock_seats() returns void
language plpgsql
set search_path from current
set lock_timeout = '2s'
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.seats'));
end
$$;
