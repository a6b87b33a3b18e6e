-- A cluster with other settings is tried at once.
create or replace function app.forget_failure() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.error_code := null;
  new.error_detail := null;
  new.failing_since := null;
  new.attempts := 0;
  new.next_attempt_at := app.now();
  return new;
end
$$;
