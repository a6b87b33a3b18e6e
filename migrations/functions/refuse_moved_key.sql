-- Refuses another server for a key: whoever may write an address would be sent the key otherwise. The same server may have
-- another path, and a new key may come with a new address.
create or replace function app.refuse_moved_key() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if app.server_of(old.api_url) is distinct from app.server_of(new.api_url) then
    raise exception using
      errcode = 'AP409',
      message = 'api_key_of_another_server',
      detail = 'The API key was given for another server. Send the key for the new address with it, or null.';
  end if;
  return new;
end
$$;
