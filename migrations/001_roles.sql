-- As the migrating role.
--
-- The roles, and who owns the schema `app`, which PostgREST does not serve.
--
--   app_owner      makes and owns all tables and functions; nobody can log in as it
--   api            the functions log in as it; it may execute the endpoints of a release, touch no table, and needs
--                  nothing in `app`
--   anon, authenticated, service_role
--                  Supabase's roles, made here only on a plain PostgreSQL that lacks them

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'app_owner') then
    create role app_owner nologin noinherit;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'api') then
    -- It has no password and so cannot log in yet: the password is set outside the migrations.
    create role api login noinherit;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    create role anon nologin noinherit;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    create role authenticated nologin noinherit;
  end if;
  if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    create role service_role nologin noinherit bypassrls;
  end if;

  -- The migrating role must be able to become the owner. Since PostgreSQL 16 the creator of a role is a member of it, and
  -- yet may neither use its privileges nor `set role` to it: so membership alone says nothing.
  if pg_catalog.current_setting('server_version_num')::integer < 160000 then
    if not pg_catalog.pg_has_role(current_user, 'app_owner', 'usage') then
      execute format('grant app_owner to %I', current_user);
    end if;
  elsif not (
    pg_catalog.pg_has_role(current_user, 'app_owner', 'usage') and pg_catalog.pg_has_role(current_user, 'app_owner', 'set')
  ) then
    execute format('grant app_owner to %I with inherit true, set true', current_user);
  end if;
end
$$;

alter schema app owner to app_owner;
-- The service role uses `app` only through the defaults and triggers of tables that it may write.
grant usage on schema app to service_role;
grant usage, create on schema public to app_owner;
grant usage on schema public to service_role;

-- Whatever the owner makes, nobody else may execute: what others need is granted beside the function.
alter default privileges for role app_owner revoke execute on functions from public;
