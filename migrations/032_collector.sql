-- As the migrating role.
--
-- The role that the function `collect-usage` logs in as: it may execute that function's endpoints and nothing else.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'collector') then
    -- It has no password and so cannot log in yet: the password is set outside the migrations.
    create role collector login noinherit;
  end if;
end
$$;
