-- As the migrating role.
--
-- The roles that functions log in as: their settings, their attributes, and that they are members of nothing. `SET` does
-- not survive a transaction on the pooler, so their limits are settings of the role. A role may change its own settings,
-- also for one database alone, so whoever has its password can leave some behind: each run compares them all. What is
-- right is not written again: a role belongs to the whole server, and whoever migrates another of its databases may not be
-- allowed to alter it.

do $$
declare
  c_roles constant text[] := array['api', 'provisioner', 'collector', 'publisher'];
  -- As PostgreSQL stores them.
  c_settings constant text[] := array[
    -- Waiting for a lock ends before the statement does, and the statement ends before the function gives up on it.
    'statement_timeout=4s',
    'lock_timeout=3s',
    'idle_in_transaction_session_timeout=5s',
    -- End a call whose caller has gone.
    'client_connection_check_interval=500ms',
    'TimeZone=UTC',
    -- Compiling costs more than these queries.
    'jit=off',
    -- Plans of functions and foreign keys outlive the statistics they were made from: a plan that was made for an empty
    -- table still reads all of it when it has grown. Every call here is a look-up by an index.
    'enable_seqscan=off'
  ];
  v_name text;
  v_version constant integer := pg_catalog.current_setting('server_version_num');
  v_role pg_catalog.pg_roles;
  v_may_grant boolean;
  v_attributes text;
  v_statements text[];
  v_statement text;
begin
  foreach v_name in array c_roles
  loop
    v_statements := '{}';
    select * into strict v_role from pg_catalog.pg_roles where rolname = v_name;

    if not exists (
      select from pg_catalog.pg_db_role_setting s
      where s.setrole = v_role.oid and s.setdatabase = 0 and s.setconfig @> c_settings and s.setconfig <@ c_settings
    ) then
      v_statements := v_statements || format('alter role %I reset all', v_name) || array(
        select format('alter role %I set %I = %L', v_name, lower(split_part(s.line, '=', 1)), split_part(s.line, '=', 2))
        from unnest(c_settings) s (line)
      );
    end if;
    if exists (
      select from pg_catalog.pg_db_role_setting s
      join pg_catalog.pg_database d on d.oid = s.setdatabase
      where s.setrole = v_role.oid and d.datname = current_database()
    ) then
      v_statements := v_statements || format('alter role %I in database %I reset all', v_name, current_database());
    end if;

    v_attributes := concat_ws(
      ' ',
      case when v_role.rolsuper then 'nosuperuser' end,
      case when v_role.rolreplication then 'noreplication' end,
      case when v_role.rolbypassrls then 'nobypassrls' end,
      case when v_role.rolcreaterole then 'nocreaterole' end,
      case when v_role.rolcreatedb then 'nocreatedb' end,
      case when v_role.rolinherit then 'noinherit' end,
      case when not v_role.rolcanlogin then 'login' end,
      case when v_role.rolconnlimit <> -1 then 'connection limit -1' end,
      case when v_role.rolvaliduntil < 'infinity' then 'valid until ''infinity''' end
    );
    if v_attributes <> '' then
      v_statements := v_statements || format('alter role %I %s', v_name, v_attributes);
    end if;
    v_statements := v_statements || array(
      select format('revoke %I from %I', r.rolname, v_name)
        || case when v_version >= 160000 then format(' granted by %I', g.rolname) else '' end
      from pg_catalog.pg_auth_members m
      join pg_catalog.pg_roles r on r.oid = m.roleid
      left join pg_catalog.pg_roles g on g.oid = m.grantor
      where m.member = v_role.oid
    );

    -- Up to PostgreSQL 15 whoever may create roles may alter them. Afterwards it takes the admin option, which an upgrade
    -- does not give: so it is taken while that is allowed.
    select r.rolcreaterole and not r.rolsuper into strict v_may_grant from pg_catalog.pg_roles r where r.rolname = current_user;
    if v_version < 160000 and v_may_grant and not exists (
      select from pg_catalog.pg_auth_members m
      where m.roleid = v_role.oid and m.member = current_user::regrole and m.admin_option
    ) then
      v_statements := v_statements || format('grant %I to %I with admin option', v_name, current_user);
    end if;

    foreach v_statement in array v_statements
    loop
      execute v_statement;
    end loop;
  end loop;
exception
  when insufficient_privilege then
    raise exception using
      errcode = 'insufficient_privilege',
      message = format(
        'the role %1$s must be changed, and %2$s may not do it (%3$s). After an upgrade from PostgreSQL 15 nobody may: a '
        'superuser gives the right back by "grant %1$s to %2$s with admin option". Settings the role may change itself: '
        'log in as %1$s on port 5432 and run "%4$s"; then migrate again',
        v_name, current_user, v_statement, array_to_string(v_statements, '; ')
      );
end
$$;
