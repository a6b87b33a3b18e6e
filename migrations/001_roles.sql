-- As the migrating role.
--
-- The roles, the schema `app`, which PostgREST does not serve, and the record of what was applied.
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

create schema app authorization app_owner;
-- The service role uses `app` only through the defaults and triggers of tables that it may write.
grant usage on schema app to service_role;
grant usage, create on schema public to app_owner;
grant usage on schema public to service_role;

-- Whatever the owner makes, nobody else may execute: what others need is granted beside the function.
alter default privileges for role app_owner revoke execute on functions from public;

set local role app_owner;

-- What was applied: the migrations once each, and the other files whenever they changed.
create table app.migrations (
  -- The path below `migrations/`.
  name text collate "C" not null,
  -- Of the text with the line ends of Unix, in hexadecimal digits.
  sha256 text not null,
  applied_at timestamptz not null default now(),

  constraint migrations_pkey primary key (name),
  constraint migrations_sha256_is_a_digest check (sha256 ~ '^[0-9a-f]{64}$')
);

-- The releases whose functions are in the database, each in the schema of that name. One is the current one.
create table app.releases (
  schema text collate "C" not null,
  applied_at timestamptz not null default now(),
  -- When another one became the current one.
  superseded_at timestamptz,

  constraint releases_pkey primary key (schema),
  constraint releases_schema_is_a_digest check (schema ~ '^release_[0-9a-f]{12}$')
);

create unique index releases_one_is_current on app.releases ((true)) where superseded_at is null;
