-- What administrators changed: who, what, the state before and after.

create table app.audit_log (
  id bigint not null generated always as identity,
  -- An Auth0 `sub`, or `operator` for a command over the direct connection.
  actor text collate "C" not null,
  -- For example `users.update`.
  action text not null,
  target text collate "C" not null,
  before jsonb,
  after jsonb,
  request_id text,
  created_at timestamptz not null default app.now(),

  constraint audit_log_pkey primary key (id)
);

create index audit_log_created_at_idx on app.audit_log (created_at desc, id desc);
create index audit_log_actor_idx on app.audit_log (actor, id desc);
create index audit_log_action_idx on app.audit_log (action, id desc);
create index audit_log_target_idx on app.audit_log (target, id desc);
create trigger refuse_change
  before update or delete on app.audit_log
  for each row execute function app.refuse_change();
create trigger refuse_truncate
  before truncate on app.audit_log
  for each statement execute function app.refuse_change();
call app.secure_table('app.audit_log');
