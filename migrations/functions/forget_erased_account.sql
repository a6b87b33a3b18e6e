-- Forgets the number and the name of an account on a cluster, once it is deactivated there and its user has been erased. If
-- it is ever needed again, it is found by its identity.
create or replace function app.forget_erased_account() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from public.users u where u.id = new.user_id and u.erased_at is not null) then
    new.hopsworks_user_id := null;
    new.hopsworks_username := null;
    new.seen_status := null;
    new.seen_projects := null;
    new.seen_at := null;
  end if;
  return new;
end
$$;
