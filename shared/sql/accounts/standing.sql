-- Refuses a change that leaves no active administrator, whatever it was that took the last one.
create function require_administrator() returns void
language plpgsql
set search_path from current
as $$
begin
  if not exists (select from public.users where is_admin and (status = 'active') is true) then
    raise exception using
      errcode = 'AP409',
      message = 'last_admin',
      detail = 'This would leave no active administrator. Make somebody else one first.';
  end if;
end
$$;

-- Everything that a change can affect, for the audit log: the user, the seat, and the team.
create function describe_standing(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'name', u.name,
      'status', u.status,
      'suspended_with_owner', u.suspended_with_owner,
      'suspended_for', u.suspended_for,
      'is_admin', u.is_admin,
      'metadata', u.metadata,
      'account_owner_id', u.account_owner_id,
      'cluster_id', (select a.hopsworks_cluster_id from public.user_hopsworks_assignments a where a.user_id = u.id),
      'team', (
        select coalesce(jsonb_agg(jsonb_build_object('user_id', m.id, 'status', m.status) order by m.id), '[]')
        from public.users m
        where m.account_owner_id = u.id
      )
    )
    from public.users u
    where u.id = p_user_id
  );
end
$$;
