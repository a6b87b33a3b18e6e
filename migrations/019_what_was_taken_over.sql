-- What stays of a database that was taken over (`make take-over`): the archive, what accounts had used before, and
-- links of invites.

-- Rows, or parts of them, as they stood before they were changed or left out, and why. Secrets stand here encrypted, or
-- not at all. Nobody reads it but the owner of the tables; operators may delete from it what they no longer need.
create table app.taken_over (
  id bigint not null generated always as identity,
  table_name text not null,
  -- As text. Null for rows of a table that has no key.
  row_id text,
  before jsonb not null,
  why text not null,
  created_at timestamptz not null default app.now(),

  constraint taken_over_pkey primary key (id)
);
call app.secure_table('app.taken_over');
revoke all on app.taken_over from service_role;

-- What an account had used before it was taken over, and what that had cost: its credits are this and the sum of the
-- days since. What taken-over days had been charged is in here, and is counted nowhere else.
create table app.opening_usage (
  account_owner_id text collate "C" not null,
  cpu_hours numeric(20, 6) not null default 0,
  gpu_hours numeric(20, 6) not null default 0,
  storage_gb_seconds numeric(36, 12) not null default 0,
  -- US dollars times the seconds of a billing month, as everywhere.
  scaled_cost_usd numeric(44, 18) not null default 0,

  constraint opening_usage_pkey primary key (account_owner_id),
  constraint opening_usage_account_owner_id_fkey foreign key (account_owner_id) references public.users (id),
  constraint opening_usage_is_not_negative check (
    cpu_hours >= 0 and gpu_hours >= 0 and storage_gb_seconds >= 0 and scaled_cost_usd >= 0
  )
);
create trigger refuse_change
  before update or delete on app.opening_usage
  for each row execute function app.refuse_change();
create trigger refuse_truncate
  before truncate on app.opening_usage
  for each statement execute function app.refuse_change();
call app.secure_table('app.opening_usage');
revoke insert, update, delete on app.opening_usage from service_role;

-- More links to an invite than its own: an account had invited the same address more than once. Each goes where the
-- invite does: it is used, withdrawn, expires and is forgotten with it.
create table app.invite_links (
  -- SHA-256 of the token.
  token_hash bytea not null,
  invite_id uuid not null,

  constraint invite_links_pkey primary key (token_hash),
  constraint invite_links_token_hash_is_sha256 check (octet_length(token_hash) = 32),
  constraint invite_links_invite_id_fkey foreign key (invite_id) references public.team_invites (id) on delete cascade
);
create index invite_links_invite_id_idx on app.invite_links (invite_id);
call app.secure_table('app.invite_links');
