-- An invite as the owner sees it, without token or hash.
create or replace function app.describe_invite(p_id uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object(
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
    )
    from public.team_invites i
    where i.id = p_id
  );
end
$$;
