-- Indexes for what administrators look users up by, each in the order of the list.

-- With the deleted, whom the unique index of addresses leaves out.
create index if not exists users_every_email_idx on public.users (lower(email), created_at desc, id desc);

-- The old indexes had the column alone, so that a page had to sort all matches.
create index if not exists users_status_created_at_idx on public.users (status, created_at desc, id desc);
drop index if exists public.users_status_idx;
create index if not exists users_account_owner_id_created_at_idx
  on public.users (account_owner_id, created_at desc, id desc);
drop index if exists public.users_account_owner_id_idx;
