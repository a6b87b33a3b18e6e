-- The server of an address, by which a browser or a client would find it.
create or replace function app.server_of(p_url text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return lower(substring(p_url from '^https://[^/?#]+'));
end
$$;
