-- Ids that may arrive as another id when they stand in a path: few have such characters.

-- Short: only these rows are sorted, and hardly any are there.
-- squawk-ignore require-concurrent-index-creation
create index users_read_from_path_idx on public.users (app.read_from_path(id)) where id ~ '[%?]';
