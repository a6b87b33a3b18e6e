-- Accounts of a user that wait for a person, or for their next try, are tried again when the user's address or name has
-- changed.
create or replace function app.try_accounts_again() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from app.hopsworks_accounts a
    where a.user_id = new.id and a.done_revision < a.revision and a.error_code is not null
  ) then
    -- Instances before accounts, as everywhere.
    perform from public.instances i where i.user_id = new.id for no key update;
    update app.hopsworks_accounts
    set attempts = 0, next_attempt_at = app.now(), error_code = null, error_detail = null, stuck_since = null
    where user_id = new.id and done_revision < revision;
  end if;
  return null;
end
$$;
