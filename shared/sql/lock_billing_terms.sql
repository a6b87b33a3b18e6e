-- The terms of billing: who pays for whom, and at which price. Usage that is being recorded holds them as
-- they are; whoever changes them waits for it, and usage waits for the change. So a day is never billed by
-- terms that were changed in the same moment. Held before accounts and rows, until the transaction ends.
create or replace function app.lock_billing_terms_shared() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext('app.terms'));
end
$$;

-- For whoever changes them.
create or replace function app.lock_billing_terms() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.terms'));
end
$$;
