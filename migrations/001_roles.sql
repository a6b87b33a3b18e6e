-- The roles, and the schema `app`. Every decision is made there, and PostgREST does not serve it.
--
--   app_owner      owns all tables and functions; nobody can log in as it
--   api            the functions log in as it; it may execute `app.<verb>_<resource>(jsonb)` and touch no table
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

  -- The migrating role must be able to hand objects over to their owner. Since PostgreSQL 16 the creator of a role is
  -- a member of it without its privileges, so membership alone says nothing.
  if not pg_catalog.pg_has_role(current_user, 'app_owner', 'usage') then
    execute format('grant app_owner to %I', current_user);
  end if;
end
$$;

create schema if not exists app;
revoke all on schema app from public;
-- The service role uses `app` only through the defaults and triggers of tables that it may write.
grant usage on schema app to api, service_role;
grant usage, create on schema app to app_owner;
grant usage, create on schema public to app_owner;
grant usage on schema public to service_role;
