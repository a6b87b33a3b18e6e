-- Secures a table: row level security with one policy for the service role, no rights for the public keys (Supabase
-- grants them everything by default). A trigger keeps `updated_at`.
create or replace procedure app.secure_table(target regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_sequence regclass;
begin
  execute format('alter table %s enable row level security', target);
  execute format(
    'create policy service_role_full_access on %s for all to service_role using (true) with check (true)', target
  );
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
      'create trigger touch_updated_at before update on %s for each row '
        'when (new.updated_at = old.updated_at) execute function app.touch_updated_at()',
      target
    );
  end if;
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
