-- Runs last, after all functions. It gives everything in `app` to its owner, revokes all rights, and lets the login
-- role execute exactly the endpoints, which are the functions of the shape (args jsonb) returns jsonb.

do $$
declare
  v_function record;
begin
  for v_function in
    select p.oid::regprocedure as signature,
           case p.prokind when 'p' then 'procedure' else 'function' end as kind,
           p.prorettype = 'jsonb'::regtype and p.pronargs = 1 and p.proargtypes[0] = 'jsonb'::regtype as is_endpoint
    from pg_catalog.pg_proc p
    where p.pronamespace = 'app'::regnamespace
  loop
    execute format('alter %s %s owner to app_owner', v_function.kind, v_function.signature);
    execute format('revoke all on %s %s from public, anon, authenticated', v_function.kind, v_function.signature);
    if v_function.is_endpoint then
      execute format('grant execute on function %s to api', v_function.signature);
    end if;
  end loop;
  -- Defaults, computed columns and constraints call these with the rights of the role that writes a row.
  grant execute on function app.now(), app.billing_month_seconds(), app.round_cost(numeric) to service_role;
end
$$;

do $$
declare
  v_view regclass;
begin
  for v_view in
    select c.oid::regclass from pg_catalog.pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind = 'v'
  loop
    execute format('alter view %s owner to app_owner', v_view);
    execute format('revoke all on %s from public, anon, authenticated, api', v_view);
  end loop;
end
$$;
