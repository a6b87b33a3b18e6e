-- Computes when the user of a seat was created, whatever was written.
create or replace function app.set_seat() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.user_created_at := (select u.created_at from public.users u where u.id = new.user_id);
  return new;
end
$$;
