-- Keeps `updated_at`.
create or replace function app.touch_updated_at() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := app.now();
  return new;
end
$$;
