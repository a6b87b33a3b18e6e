-- A name that is valid in a host name and does not reveal the user's address.
create or replace function app.instance_name(user_id text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return 'hops-' || substr(md5(user_id), 1, 12);
end
$$;
