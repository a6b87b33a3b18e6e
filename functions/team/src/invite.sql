-- Invites as the owner sees them, without token or hash.
create view described_invites as
select
  i.id,
  i.account_owner_id,
  i.created_at,
  jsonb_build_object(
    'id', i.id,
    'email', i.email,
    'status', case
      when i.accepted_at is not null then 'accepted'
      when i.withdrawn_at is not null and i.withdrawn_at >= i.expires_at then 'expired'
      when i.withdrawn_at is not null then 'withdrawn'
      when i.expires_at <= app.now() then 'expired'
      else 'open'
    end,
    'created_at', i.created_at,
    'expires_at', i.expires_at,
    'accepted_at', i.accepted_at,
    'accepted_by_user_id', i.accepted_by_user_id
  ) as description
from public.team_invites i;
