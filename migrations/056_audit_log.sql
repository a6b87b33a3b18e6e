-- `app.audit_log` becomes a view of its two tables. Administrators wait while what they have written since is copied.

lock table app.audit_log in access exclusive mode;

insert into app.audit_entries (id, actor, action, target, request_id, created_at)
overriding system value
select l.id, l.actor, l.action, l.target, l.request_id, l.created_at
from app.audit_log l
where not exists (select from app.audit_entries e where e.id = l.id);

insert into app.audit_details (id, before, after)
select l.id, l.before, l.after
from app.audit_log l
where (l.before is not null or l.after is not null) and not exists (select from app.audit_details d where d.id = l.id);

-- Ids go on where they were: also those that were drawn by a call that was undone.
select pg_catalog.setval('app.audit_entries_id_seq', s.last_value, s.is_called) from app.audit_log_id_seq s;

-- All of it has been copied.
-- squawk-ignore ban-drop-table
drop table app.audit_log;

-- What releases write and read. `erased_at`: what it was and became has been erased.
create view app.audit_log as
select e.id, e.actor, e.action, e.target, d.before, d.after, e.request_id, e.created_at, d.erased_at
from app.audit_entries e
left join app.audit_details d on d.id = e.id;

create trigger write_audit_entry
  instead of insert on app.audit_log
  for each row execute function app.write_audit_entry();

revoke all on app.audit_log from public, anon, authenticated, service_role, api;
grant select on app.audit_log to service_role;
