-- no transaction
-- Ids that may arrive as another id when they stand in a path: few have such characters.
create index concurrently if not exists users_read_from_path_idx
  on public.users (app.read_from_path(id)) where id ~ '[%?]';
