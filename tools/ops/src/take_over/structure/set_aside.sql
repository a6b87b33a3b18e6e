-- Tables that mean something else get another name.
do $$
declare
  v_rename text;
begin
  for v_rename in
    select format(
      'alter %s public.%I rename to %I',
      case t.kind
        when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'c' then 'type'
        when 'S' then 'sequence' when 'i' then 'index' else 'table'
      end,
      t.name, left(t.name, 55) || '_web_app'
    )
    from theirs_tables t
    where t.is_aside
  loop
    execute v_rename;
  end loop;
end
$$;
alter schema public rename to web_app_public;
create schema public;

-- A run of `make migrate` that ended at the web app's tables has granted this already.
do $$
declare
  v_grant text;
begin
  for v_grant in
    select format('grant %s on schema public to %s', x.privilege_type, r.rolname)
    from pg_namespace n, aclexplode(n.nspacl) x, pg_roles r
    where n.nspname = 'web_app_public' and r.oid = x.grantee and r.rolname in ('app_owner', 'service_role')
  loop
    execute v_grant;
  end loop;
end
$$;
