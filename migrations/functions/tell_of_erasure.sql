-- Tells that what we knew of a deleted user's person is gone.
create or replace function app.tell_of_erasure() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform app.tell('user.erased', 'user:' || new.id, jsonb_build_object('user_id', new.id));
  return null;
end
$$;
