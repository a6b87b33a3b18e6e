-- Why a user is suspended: a set of reasons, each of which ends by itself. A member is suspended with the owner, or by an
-- administrator; an owner by an administrator, for want of money, or both.

alter table public.users
  add column suspended_for text[] collate "C" not null default '{}',
  add constraint users_suspended_for_known_reasons check (
    suspended_for in ('{}', '{administrator}', '{administrator,money}', '{money}', '{owner}')
  ) not valid,
  add constraint users_suspended_for_a_reason check ((status = 'suspended') = (suspended_for <> '{}')) not valid,
  add constraint users_suspended_with_owner_alone check (suspended_with_owner = (suspended_for = '{owner}')) not valid;

create trigger set_suspension
  before insert or update of status, suspended_with_owner, suspended_for on public.users
  for each row when (new.status = 'suspended' or new.suspended_for <> '{}')
  execute function app.set_suspension();

create trigger refuse_changed_suspension
  before update of suspended_for on public.users
  for each row when (current_user = 'service_role' and old.suspended_for is distinct from new.suspended_for)
  execute function app.refuse_write(
    'a suspension has a reason that ends it: call PATCH /api/admin/users/{id} for an administrator''s',
    'PATCH /api/admin/users/{id}'
  );

-- By the trigger: who was suspended with the owner, and who by an administrator.
update public.users set status = status where status = 'suspended';
