-- As the migrating role.
--
-- The role that the function `provision` logs in as: it may execute that function's endpoints and nothing else, and `api`
-- may not execute those.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'provisioner') then
    -- It has no password and so cannot log in yet: the password is set outside the migrations.
    create role provisioner login noinherit;
  end if;
end
$$;
