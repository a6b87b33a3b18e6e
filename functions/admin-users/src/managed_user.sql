-- Users as administrators see them: as the users see themselves, and what is for administrators alone.
create view described_managed_users as
select
  d.id,
  d.description || jsonb_build_object(
    'suspended_with_owner', u.suspended_with_owner,
    'team_size', (select count(*) from public.users m where m.account_owner_id = u.id),
    'updated_at', u.updated_at,
    'deleted_at', u.deleted_at
  ) as description
from described_users d
join public.users u on u.id = d.id;

-- Everything about a user, with the tag that a change may name.
create function describe_tagged_user(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'user', (select u.description from described_managed_users u where u.id = p_user_id),
    'etag', user_etag(p_user_id)
  );
end
$$;

-- The tag of what an administrator bases a decision on: profile, status, rights, owner, metadata. Logins, the place in
-- the queue and credits do not change it: otherwise they would make an administrator's change fail for no reason.
create function user_etag(p_user_id text) returns text
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select '"' || md5(jsonb_build_array(
      u.id, u.email, u.email_verified, u.name, u.status, u.suspended_with_owner, u.is_admin, u.account_owner_id, u.metadata
    )::text) || '"'
    from public.users u
    where u.id = p_user_id
  );
end
$$;
