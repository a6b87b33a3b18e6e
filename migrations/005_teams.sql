-- Invitations into a team. The token itself is never stored.

create table public.team_invites (
  id uuid not null default gen_random_uuid(),
  account_owner_id text collate "C" not null,
  email text not null,
  -- SHA-256 of the token.
  token_hash bytea not null,
  created_at timestamptz not null default app.now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by_user_id text collate "C",
  withdrawn_at timestamptz,

  constraint team_invites_pkey primary key (id),
  constraint team_invites_token_hash_key unique (token_hash),
  constraint team_invites_token_hash_is_sha256 check (octet_length(token_hash) = 32),
  constraint team_invites_email_is_an_address check (email ~ '^[^@ ]+@[^@ ]+$' and char_length(email) <= 320),
  constraint team_invites_expire_after_creation check (expires_at > created_at),
  constraint team_invites_end_once check (accepted_at is null or withdrawn_at is null),
  constraint team_invites_accepted_by_somebody check ((accepted_at is null) = (accepted_by_user_id is null)),
  constraint team_invites_account_owner_id_fkey foreign key (account_owner_id) references public.users (id),
  constraint team_invites_accepted_by_user_id_fkey foreign key (accepted_by_user_id) references public.users (id)
);

create unique index team_invites_one_open_per_address
  on public.team_invites (account_owner_id, lower(email))
  where accepted_at is null and withdrawn_at is null;
create index team_invites_account_owner_id_idx
  on public.team_invites (account_owner_id, created_at desc, id desc);
create index team_invites_accepted_by_user_id_idx on public.team_invites (accepted_by_user_id);
call app.secure_table('public.team_invites');
