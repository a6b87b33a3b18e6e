-- no transaction
create index concurrently if not exists team_invites_expires_at_idx on public.team_invites (expires_at);
