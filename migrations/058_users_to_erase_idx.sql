-- no transaction
-- Whom to erase next.
create index concurrently if not exists users_to_erase_idx
  on public.users (deleted_at, id) where status = 'deleted' and erased_at is null;
