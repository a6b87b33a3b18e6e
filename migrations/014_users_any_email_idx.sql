-- no transaction
create index concurrently if not exists users_any_email_idx
  on public.users (lower(email collate "C"), created_at desc, id desc);
