-- Refuses another server for a token: whoever may write an address would be sent the token otherwise. The same server may
-- have another path, and a new token may come with a new address.
create or replace function app.refuse_moved_token() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if app.server_of(old.opencost_url) is distinct from app.server_of(new.opencost_url) then
    raise exception using
      errcode = 'AP409',
      message = 'token_of_another_server',
      detail = 'The token was given for another server. Send the token for the new address with it, or null.';
  end if;
  return new;
end
$$;
