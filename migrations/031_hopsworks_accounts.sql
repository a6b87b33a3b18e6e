-- Accounts on Hopsworks clusters: what they should be, and what was seen of them. `provision` makes the one the other.

-- How accounts are made on a cluster. A cluster without such a row, or without an API key, has its accounts made by hand.
-- It stands beside the cluster and not in it, because every seat writes the cluster's row.
create table app.hopsworks_provisioning (
  hopsworks_cluster_id uuid not null,
  provisions boolean not null default true,
  -- The id under which the cluster knows Auth0: a user's identity there is `<client id>.<sub>`.
  oauth_client_id text not null,
  -- The root that the cluster's certificate ends in, if no public one.
  tls_ca_pem text,
  -- The limit of projects is never lowered: on some servers deleted projects count for ever.
  raise_only boolean not null default false,
  -- How many projects a user may create there: the owner of an account, a member, and an owner without credit.
  owner_projects integer not null default 5,
  member_projects integer not null default 0,
  projects_without_credit integer not null default 1,
  -- What is wrong with the cluster as a whole, since when, and when it is tried again.
  error_code text,
  error_detail text,
  failing_since timestamptz,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default app.now(),
  -- When all its users are to be looked at, who is doing that since when, and what was found the last time.
  sweep_due_at timestamptz not null default app.now(),
  sweep_lease uuid,
  sweep_began_at timestamptz,
  last_sweep jsonb,

  constraint hopsworks_provisioning_pkey primary key (hopsworks_cluster_id),
  constraint hopsworks_provisioning_hopsworks_cluster_id_fkey foreign key (hopsworks_cluster_id)
    references public.hopsworks_clusters (id) on delete cascade,
  constraint hopsworks_provisioning_oauth_client_id_is_a_word check (
    char_length(oauth_client_id) between 1 and 255 and oauth_client_id !~ '[[:space:][:cntrl:]]'
  ),
  constraint hopsworks_provisioning_tls_ca_pem_is_pem check (
    tls_ca_pem ~ '-----BEGIN CERTIFICATE-----' and char_length(tls_ca_pem) <= 16384
  ),
  constraint hopsworks_provisioning_projects_are_few check (
    owner_projects between 0 and 1000 and member_projects between 0 and 1000 and projects_without_credit between 0 and 1000
  ),
  constraint hopsworks_provisioning_fails_with_a_code check (
    (error_code is null) = (failing_since is null) and (error_code is null) = (attempts = 0)
  )
);
call app.secure_table('app.hopsworks_provisioning');

-- The users of a cluster as a sweep sees them, until it is over.
create table app.hopsworks_seen_users (
  hopsworks_cluster_id uuid not null,
  hopsworks_user_id bigint not null,
  username text not null,
  email text not null,
  -- Hopsworks' number.
  status integer not null,
  max_projects integer not null,

  constraint hopsworks_seen_users_pkey primary key (hopsworks_cluster_id, hopsworks_user_id),
  constraint hopsworks_seen_users_hopsworks_cluster_id_fkey foreign key (hopsworks_cluster_id)
    references app.hopsworks_provisioning (hopsworks_cluster_id) on delete cascade
);
call app.secure_table('app.hopsworks_seen_users');

-- One row for each user and cluster that ever were together.
create table app.hopsworks_accounts (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  hopsworks_cluster_id uuid not null,
  -- What the account should be. Each change has a number.
  wanted text not null,
  wanted_projects integer,
  revision bigint not null default 1,
  wanted_since timestamptz not null default app.now(),
  -- The last change that was made true, and when.
  done_revision bigint not null default 0,
  done_at timestamptz,
  -- What was seen: the cluster's number and name for the user, and the state of the account; none: there is no account.
  hopsworks_user_id bigint,
  hopsworks_username text,
  seen_status text,
  seen_projects integer,
  seen_at timestamptz,
  -- Tries since the last success or change, and when the next one is due.
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default app.now(),
  -- Who works on it, and until when nobody else does.
  lease uuid,
  leased_until timestamptz,
  error_code text,
  error_detail text,
  -- Since when it has been waiting for a person.
  stuck_since timestamptz,

  constraint hopsworks_accounts_pkey primary key (user_id, hopsworks_cluster_id),
  constraint hopsworks_accounts_id_key unique (id),
  constraint hopsworks_accounts_user_id_fkey foreign key (user_id) references public.users (id),
  constraint hopsworks_accounts_hopsworks_cluster_id_fkey foreign key (hopsworks_cluster_id)
    references public.hopsworks_clusters (id),
  constraint hopsworks_accounts_wanted_is_known check (wanted in ('active', 'deactivated')),
  constraint hopsworks_accounts_active_has_a_limit check ((wanted = 'active') = (wanted_projects is not null)),
  constraint hopsworks_accounts_seen_status_is_known check (seen_status in ('active', 'deactivated', 'other')),
  constraint hopsworks_accounts_seen_has_a_number check (seen_status is null or hopsworks_user_id is not null),
  constraint hopsworks_accounts_done_is_not_ahead check (
    done_revision between 0 and revision and (done_revision = 0) = (done_at is null)
  ),
  constraint hopsworks_accounts_stuck_has_a_code check (stuck_since is null or error_code is not null),
  constraint hopsworks_accounts_lease_ends check ((lease is null) = (leased_until is null))
);

-- An account on a cluster belongs to one user.
create unique index hopsworks_accounts_number_key
  on app.hopsworks_accounts (hopsworks_cluster_id, hopsworks_user_id) where hopsworks_user_id is not null;
-- For the list of a cluster's accounts.
create index hopsworks_accounts_cluster_idx on app.hopsworks_accounts (hopsworks_cluster_id, user_id);
-- What is due on a cluster, oldest first, and what waits for a person.
create index hopsworks_accounts_due_idx
  on app.hopsworks_accounts (hopsworks_cluster_id, next_attempt_at) where done_revision < revision and stuck_since is null;
create index hopsworks_accounts_stuck_idx
  on app.hopsworks_accounts (hopsworks_cluster_id, stuck_since) where stuck_since is not null;
create index hopsworks_accounts_leased_idx
  on app.hopsworks_accounts (hopsworks_cluster_id, leased_until) where lease is not null;
call app.secure_table('app.hopsworks_accounts');

-- What should be follows from seats, users, credits and the cluster's settings, whoever writes them.
create trigger want_account
  after insert or update of user_id, hopsworks_cluster_id or delete on public.user_hopsworks_assignments
  for each row execute function app.want_account_of_seat();

create trigger want_account
  after update of status, account_owner_id on public.users
  for each row
  when (old.status is distinct from new.status or old.account_owner_id is distinct from new.account_owner_id)
  execute function app.want_account_of_user();

create trigger want_account
  after update of balance, last_seq on public.user_credits
  for each row
  when ((old.last_seq is null or old.balance > 0) <> (new.last_seq is null or new.balance > 0))
  execute function app.want_account_of_user();

-- A cluster's settings are about all who sit there, and take their turn among decisions about seats.
create trigger lock_seats
  before insert or update of provisions, oauth_client_id, owner_projects, member_projects, projects_without_credit or delete
  on app.hopsworks_provisioning
  for each statement execute function app.lock_seats();

create trigger lock_seats_for_key
  before update of api_key on public.hopsworks_clusters
  for each statement execute function app.lock_seats();

create trigger want_accounts
  after insert or delete on app.hopsworks_provisioning
  for each row execute function app.want_accounts_of_cluster();

create trigger want_changed_accounts
  after update of provisions, oauth_client_id, owner_projects, member_projects, projects_without_credit
  on app.hopsworks_provisioning
  for each row
  when (
    (old.provisions, old.oauth_client_id, old.owner_projects, old.member_projects, old.projects_without_credit)
      <> (new.provisions, new.oauth_client_id, new.owner_projects, new.member_projects, new.projects_without_credit)
  )
  execute function app.want_accounts_of_cluster();

create trigger want_accounts
  after update of api_key on public.hopsworks_clusters
  for each row
  when ((old.api_key is null) <> (new.api_key is null))
  execute function app.want_accounts_of_cluster();

-- What was wrong with an account may have been the user's address or name.
create trigger try_accounts_again
  after update of email, email_verified, name on public.users
  for each row
  when ((old.email, old.email_verified, old.name) is distinct from (new.email, new.email_verified, new.name))
  execute function app.try_accounts_again();

-- A key goes to nobody but the server that it was given for.
create trigger refuse_moved_key
  before update of api_url on public.hopsworks_clusters
  for each row
  when (old.api_url <> new.api_url and old.api_key is not null and new.api_key is not distinct from old.api_key)
  execute function app.refuse_moved_key();

-- Whoever mends what was wrong with a cluster need not wait for the next try.
create trigger try_cluster_again
  after update of api_url, api_key on public.hopsworks_clusters
  for each row
  when (old.api_url is distinct from new.api_url or old.api_key is distinct from new.api_key)
  execute function app.try_cluster_again();

create trigger forget_failure
  before update of provisions, oauth_client_id, tls_ca_pem on app.hopsworks_provisioning
  for each row
  when (
    (old.provisions, old.oauth_client_id, old.tls_ca_pem) is distinct from (new.provisions, new.oauth_client_id, new.tls_ca_pem)
  )
  execute function app.forget_failure();

-- An instance is active when the account is, and not before.
create trigger set_instance
  before insert or update of status on public.instances
  for each row
  when (new.status = 'active')
  execute function app.set_instance();
