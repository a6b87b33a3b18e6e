-- Users, and which account pays for each of them.
--
-- Identifiers are compared byte by byte (collate "C") in all tables: their order means nothing to people, and comparing
-- by the rules of a language would cost more than all else that an index does.

call app.secure_table('app.migrations');
call app.secure_table('app.releases');
-- Whoever holds the service key has no say in what was migrated.
revoke all on app.migrations, app.releases from service_role;

create table public.users (
  id text collate "C" not null,
  email text,
  email_verified boolean not null default false,
  name text,
  is_admin boolean not null default false,
  status text not null default 'active',
  -- Suspended together with the owner, and reactivated with the owner. A suspension of the user alone is not.
  suspended_with_owner boolean not null default false,
  account_owner_id text collate "C",
  waiting_since timestamptz,
  -- The cluster that a member waits for; null for an owner, who may sit anywhere, and for a member whose owner has no
  -- seat. The trigger `set_waiting` stores it in the member's own row. Otherwise, whenever room is made, the owner of
  -- each waiting user would have to be looked up while the seat lock is held.
  waiting_cluster_id uuid,
  login_count integer not null default 0,
  last_login_at timestamptz,
  -- The time of the login event whose profile is stored. An older event never overwrites it.
  profile_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),
  deleted_at timestamptz,

  -- Two levels and no third: a member refers to (owner, true), and `is_owner` of a member is false.
  is_owner boolean not null generated always as (account_owner_id is null) stored,
  owner_must_be_owner boolean generated always as (case when account_owner_id is not null then true end) stored,

  constraint users_pkey primary key (id),
  constraint users_id_with_is_owner_key unique (id, is_owner),
  constraint users_id_is_a_subject check (id ~ '^[^\u0001-\u001f\u007f-\u009f]{1,255}$'),
  constraint users_email_is_an_address check (email ~ '^[^@ ]+@[^@ ]+$' and char_length(email) <= 320),
  constraint users_name_is_short check (char_length(name) between 1 and 300),
  constraint users_status_is_known check (status in ('active', 'suspended', 'deleted')),
  constraint users_suspended_with_owner_is_a_suspension check (not suspended_with_owner or status = 'suspended'),
  constraint users_only_the_active_wait check (waiting_since is null or status = 'active'),
  constraint users_only_who_waits_has_a_waiting_cluster check (waiting_cluster_id is null or waiting_since is not null),
  constraint users_deleted_at_with_status check ((status = 'deleted') = (deleted_at is not null)),
  constraint users_login_count_counts check (login_count >= 0),
  constraint users_metadata_is_an_object check (jsonb_typeof(metadata) = 'object'),
  constraint users_account_owner_is_an_owner foreign key (account_owner_id, owner_must_be_owner)
    references public.users (id, is_owner)
);

-- One user per address, without regard to case. Deleted users do not count.
create unique index users_email_key on public.users (lower(email)) where status <> 'deleted';
-- What administrators look users up by, each in the order of the list. The first has the deleted too, whom the
-- unique index leaves out.
create index users_every_email_idx on public.users (lower(email), created_at desc, id desc);
create index users_status_created_at_idx on public.users (status, created_at desc, id desc);
create index users_account_owner_id_created_at_idx on public.users (account_owner_id, created_at desc, id desc);
create index users_is_admin_idx on public.users (id) where is_admin;
create index users_created_at_idx on public.users (created_at desc, id desc);
create index users_metadata_idx on public.users using gin (metadata jsonb_path_ops);
-- Who waits longest. The second begins with `is_owner`: otherwise the owner who waits longest would be looked for among
-- all members.
create index users_waiting_cluster_id_idx
  on public.users (waiting_cluster_id, waiting_since, id) where waiting_cluster_id is not null;
create index users_waiting_idx on public.users (is_owner, waiting_since, id) where waiting_since is not null;
call app.secure_table('public.users');

-- Which account pays for a user. The row with the greatest `effective_on` up to a day decides for that day, so no day
-- has two payers, and none is without one: the first row of a user begins at -infinity.
create table app.account_memberships (
  user_id text collate "C" not null,
  effective_on date not null,
  account_owner_id text collate "C" not null,
  -- The request that made the row, so that a repeated call finds its own.
  request_id text,
  created_at timestamptz not null default app.now(),

  constraint account_memberships_pkey primary key (user_id, effective_on),
  constraint account_memberships_user_id_fkey foreign key (user_id) references public.users (id),
  constraint account_memberships_account_owner_id_fkey foreign key (account_owner_id) references public.users (id)
);

create index account_memberships_account_owner_id_idx
  on app.account_memberships (account_owner_id, effective_on);
call app.secure_table('app.account_memberships');

-- Logins that have been counted, by their `webhook-id`.
create table app.login_events (
  webhook_id text collate "C" not null,
  user_id text collate "C" not null,
  logged_in_at timestamptz not null,
  received_at timestamptz not null default app.now(),

  constraint login_events_pkey primary key (webhook_id),
  constraint login_events_webhook_id_is_short check (char_length(webhook_id) between 1 and 255),
  constraint login_events_user_id_fkey foreign key (user_id) references public.users (id)
);

create index login_events_user_id_idx on app.login_events (user_id);
create index login_events_received_at_idx on app.login_events (received_at);
call app.secure_table('app.login_events');
