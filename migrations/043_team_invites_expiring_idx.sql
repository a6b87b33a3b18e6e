-- no transaction
-- Open invites by their end: those past it are told of.
create index concurrently if not exists team_invites_expiring_idx
  on public.team_invites (expires_at) where accepted_at is null and withdrawn_at is null and expired_at is null;
