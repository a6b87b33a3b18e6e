-- As the migrating role.
--
-- What everybody may do in a new database, and the role `api` must not: make temporary tables and large objects, which
-- fill the disk. A database that was restored or copied has these rights again, so each run looks. What the migrating
-- role cannot take away is a warning: `make migrate` prints it too.

do $$
declare
  v_function regprocedure;
begin
  if has_database_privilege('api', current_database(), 'temporary') then
    execute format('revoke temporary on database %I from public, api, provisioner, collector, publisher', current_database());
  end if;
  for v_function in
    select p.oid
    from pg_catalog.pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and p.proname ~ '^lo(_|read$|write$)'
      and has_function_privilege('api', p.oid, 'execute')
  loop
    execute format('revoke execute on function %s from public, api, provisioner, collector, publisher', v_function);
  end loop;

  if has_database_privilege('api', current_database(), 'temporary') then
    raise warning 'the role api may make temporary tables: only the owner of the database can forbid it';
  end if;
  if has_function_privilege('api', 'pg_catalog.lo_create(oid)', 'execute') then
    raise warning 'the role api may make large objects: only a superuser can forbid it';
  end if;
end
$$;
