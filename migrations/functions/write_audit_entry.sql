-- Writes an entry of the audit log: who did what to whom stays for ever, and what it was and became lies apart, where it can
-- be erased. Kept releases write both into `app.audit_log`, as if it were one table.
create or replace function app.write_audit_entry() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into app.audit_entries (id, actor, action, target, request_id, created_at)
  overriding system value
  values (
    coalesce(new.id, pg_catalog.nextval('app.audit_entries_id_seq')),
    new.actor,
    new.action,
    new.target,
    new.request_id,
    coalesce(new.created_at, app.now())
  )
  returning id, created_at into new.id, new.created_at;
  if new.before is not null or new.after is not null then
    insert into app.audit_details (id, before, after) values (new.id, new.before, new.after);
  end if;
  return new;
end
$$;
