-- The person of a deleted user is erased after a while, and the user stays as a bare id that the ledger and usage refer to.

-- Whom an invite went to is looked for when that person is erased. The table is small: what ended goes after thirty days.
-- squawk-ignore require-concurrent-index-creation
create index team_invites_email_idx on public.team_invites (lower(email collate "C"));

-- How long after the end of a user the person is kept, if not for thirty days: one row, or none.
create table app.erasure_policy (
  is_only boolean not null default true,
  retention interval not null,

  constraint erasure_policy_pkey primary key (is_only),
  constraint erasure_policy_has_one_row check (is_only),
  constraint erasure_policy_retention_is_possible check (retention between interval '0' and interval '10 years')
);
call app.secure_table('app.erasure_policy');

alter table public.users
  -- When the person was erased.
  add column erased_at timestamptz,
  -- When the user was deleted and reopened later. What was used meanwhile is nobody's to pay.
  add column closed_spans tstzmultirange,
  add constraint users_erased_are_nobody check (
    erased_at is null
    or status = 'deleted'
    and num_nonnulls(email, name, last_login_at, profile_at, profile_request_id) = 0
    and not email_verified
    and metadata = '{}'
  ) not valid;

-- Accounts on clusters and projects there have names, which are made from people's. Ours go with the person, or as soon as
-- they are no longer needed to end the account there.
create trigger forget_erased_account
  before update on app.hopsworks_accounts
  for each row
  when (new.wanted = 'deactivated' and new.done_revision = new.revision and new.hopsworks_user_id is not null)
  execute function app.forget_erased_account();

create trigger forget_erased_owner
  before update of to_hour on app.hopsworks_projects
  for each row
  when (new.to_hour < 'infinity' and new.user_id is not null and new.owner_username is not null)
  execute function app.forget_erased_owner();
