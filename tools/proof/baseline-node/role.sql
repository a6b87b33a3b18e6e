-- The login role of the usual way: it reads and writes the tables itself, with the rights of Supabase's service role.
-- The caller sets its password. For a database of the bench, and no other.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'web_app') then
    create role web_app login in role service_role;
  end if;
  -- As for `api`: the triggers' estimates would have every entry of the ledger compiled for 0.2 s.
  alter role web_app set jit = 'off';
end
$$;
