-- As the migrating role.
--
-- The settings of the role `api`. `SET` does not survive a transaction on the pooler, so its limits are settings of the
-- role. They are written only if they differ: the role belongs to the whole server, and whoever migrates another of its
-- databases may not be allowed to alter it.

do $$
declare
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
  v_setting text;
begin
  if not exists (
    select from pg_catalog.pg_db_role_setting s
    where s.setrole = 'api'::regrole and s.setdatabase = 0 and s.setconfig @> c_settings and s.setconfig <@ c_settings
  ) then
    alter role api reset all;
    foreach v_setting in array c_settings
    loop
      execute format('alter role api set %I = %L', split_part(v_setting, '=', 1), split_part(v_setting, '=', 2));
    end loop;
  end if;
end
$$;
