-- Forgets under which name an erased user owned a project, once that has ended. While a project is theirs, its cluster says
-- so with each list.
create or replace function app.forget_erased_owner() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from public.users u where u.id = new.user_id and u.erased_at is not null) then
    new.owner_username := 'erased';
  end if;
  return new;
end
$$;
