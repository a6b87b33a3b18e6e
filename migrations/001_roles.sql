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

  -- `SET` does not survive a transaction on the pooler, so the limits are settings of the role. Waiting for a lock ends
  -- before the statement does, and the statement ends before the function gives up on it. JIT is off because compiling
  -- costs more than these queries.
  if not exists (
    select from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_roles r on r.oid = s.setrole
    where r.rolname = 'api'
      and s.setdatabase = 0
      and s.setconfig @> array['statement_timeout=4s', 'lock_timeout=3s', 'TimeZone=UTC', 'jit=off',
                               'idle_in_transaction_session_timeout=5s', 'client_connection_check_interval=500ms',
                               'enable_seqscan=off']
  ) then
    alter role api set statement_timeout = '4s';
    alter role api set lock_timeout = '3s';
    alter role api set idle_in_transaction_session_timeout = '5s';
    -- End a call whose caller has gone.
    alter role api set client_connection_check_interval = '500ms';
    alter role api set timezone = 'UTC';
    alter role api set jit = 'off';
    -- Plans of functions and foreign keys outlive the statistics they were made from: a plan that was made for an empty
    -- table still reads all of it when it has grown. Every call here is a look-up by an index.
    alter role api set enable_seqscan = 'off';
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

-- The one clock for everything that is stored. It sets no search path, because then PostgreSQL inlines it: a call takes
-- 0.03 us instead of 3. The body needs none.
create or replace function app.now() returns timestamptz
language sql stable parallel safe
as $$ select pg_catalog.now() $$;

create or replace function app.touch_updated_at() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := app.now();
  return new;
end
$$;

-- Secures a table: row level security with one policy for the service role, no rights for the public keys (Supabase
-- grants them everything by default), an owner that nobody can log in as. A trigger keeps `updated_at`.
create or replace procedure app.secure_table(target regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_sequence regclass;
begin
  execute format('alter table %s enable row level security', target);
  if not exists (
    select from pg_catalog.pg_policy where polrelid = target and polname = 'service_role_full_access'
  ) then
    execute format(
      'create policy service_role_full_access on %s for all to service_role using (true) with check (true)', target
    );
  end if;
  execute format('revoke all on %s from public, anon, authenticated, service_role, api', target);
  execute format('grant select, insert, update, delete on %s to service_role', target);
  -- A partition has its parent's triggers.
  if exists (
    select from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where a.attrelid = target and a.attname = 'updated_at' and not a.attisdropped and not c.relispartition
  ) then
    -- A statement that writes thousands of rows sets the time itself, which saves as many calls.
    execute format(
      'create or replace trigger touch_updated_at before update on %s for each row '
        'when (new.updated_at = old.updated_at) execute function app.touch_updated_at()',
      target
    );
  end if;
  execute format('alter table %s owner to app_owner', target);
  for v_sequence in
    select d.objid::regclass
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class c on c.oid = d.objid and c.relkind = 'S'
    where d.refobjid = target and d.deptype = 'i'
  loop
    execute format('revoke all on sequence %s from public, anon, authenticated, service_role, api', v_sequence);
  end loop;
end
$$;

-- Makes a table of history append-only.
create or replace function app.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'restrict_violation',
    message = format('%s is append-only', tg_table_name),
    detail = format('%s on %I.%I was refused: correct history by adding to it.', tg_op, tg_table_schema, tg_table_name);
end
$$;
