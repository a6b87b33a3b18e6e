-- Decisions about seats, of two kinds. Either lock is held until the transaction ends, and taken before any row.
-- Waiting for it ends before the Auth0 Action gives up on us (after 3 s): it hears that we are busy, and nobody waits
-- for a login that has gone on without us.

-- Held alone by whatever frees, moves or adds seats, seats who waits, or changes who may sit where. Nobody joins the
-- waiting list just when room is made.
create function lock_seats() returns void
language plpgsql
set search_path from current
set lock_timeout = '2s'
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.seats'));
end
$$;

-- Shared by newcomers. While it is held, room only shrinks. So a newcomer who finds a free seat needs the row of its
-- cluster and nothing else, and one who finds none may join the queue: whoever makes room waits for that, and sees it.
create function lock_seats_shared() returns void
language plpgsql
set search_path from current
set lock_timeout = '2s'
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext('app.seats'));
end
$$;
