-- The audit log becomes two tables. Who did what to whom is append-only; what it was and became may be about a person, and
-- can be erased. The next file puts a view over both, of the name and the columns that kept releases know.
--
-- What is there is copied while others write.

create table app.audit_entries (
  id bigint not null generated always as identity,
  -- An Auth0 `sub`, or `operator` for a command over the direct connection.
  actor text collate "C" not null,
  -- For example `users.update`.
  action text not null,
  -- A user's id, a cluster's, and the like: no text of a person's.
  target text collate "C" not null,
  request_id text,
  created_at timestamptz not null default app.now(),

  constraint audit_entries_pkey primary key (id)
);

insert into app.audit_entries (id, actor, action, target, request_id, created_at)
overriding system value
select id, actor, action, target, request_id, created_at from app.audit_log;

create index audit_entries_created_at_idx on app.audit_entries (created_at desc, id desc);
create index audit_entries_actor_idx on app.audit_entries (actor, id desc);
create index audit_entries_action_idx on app.audit_entries (action, id desc);
create index audit_entries_target_idx on app.audit_entries (target, id desc);
create trigger refuse_change
  before update or delete on app.audit_entries
  for each row execute function app.refuse_change();
create trigger refuse_truncate
  before truncate on app.audit_entries
  for each statement execute function app.refuse_change();
call app.secure_table('app.audit_entries');

-- What an entry changed: before and after. An entry that says no more than itself has none.
create table app.audit_details (
  id bigint not null,
  before jsonb,
  after jsonb,
  erased_at timestamptz,

  constraint audit_details_pkey primary key (id),
  constraint audit_details_id_fkey foreign key (id) references app.audit_entries (id),
  constraint audit_details_erased_say_nothing check (
    (erased_at is null) = (before is not null or after is not null)
  )
);

insert into app.audit_details (id, before, after)
select id, before, after from app.audit_log where before is not null or after is not null;

-- They are erased as a whole, and change in no other way.
create trigger refuse_change
  before update on app.audit_details
  for each row when (new.id <> old.id or old.erased_at is not null or new.erased_at is null)
  execute function app.refuse_change();
create trigger refuse_delete
  before delete on app.audit_details
  for each row execute function app.refuse_change();
create trigger refuse_truncate
  before truncate on app.audit_details
  for each statement execute function app.refuse_change();
call app.secure_table('app.audit_details');
revoke insert, update, delete on app.audit_details from service_role;
