-- As the migrating role.
--
-- The role that the function `publish` logs in as: it may execute that function's endpoints and nothing else.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'publisher') then
    -- It has no password and so cannot log in yet: the password is set outside the migrations.
    create role publisher login noinherit;
  end if;
end
$$;
