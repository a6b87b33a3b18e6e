-- The terms of billing are who pays for whom, and the prices. Recording usage holds them shared, so that a day is never
-- billed by terms that change at the same moment: a change waits for usage that is being recorded, and usage waits for
-- the change. The lock is taken before accounts and rows, and held until the transaction ends.
create function lock_billing_terms_shared() returns void
language plpgsql
set search_path from current
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext('app.terms'));
end
$$;

-- Taken to change the terms.
create function lock_billing_terms() returns void
language plpgsql
set search_path from current
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.terms'));
end
$$;
