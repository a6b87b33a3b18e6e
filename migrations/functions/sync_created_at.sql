-- When a user gets another time of creation, their seat gets it too.
create or replace function app.sync_created_at() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update public.user_hopsworks_assignments set user_created_at = new.created_at where user_id = new.id;
  return null;
end
$$;
