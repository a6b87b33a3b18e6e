-- no transaction
create unique index concurrently if not exists users_email_ascii_key
  on public.users (lower(email collate "C")) where status <> 'deleted';
