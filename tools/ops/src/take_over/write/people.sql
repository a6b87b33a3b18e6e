-- Users, where they sit, and who pays for them.
update public.users t
set email = n.email,
    email_verified = n.email_verified,
    name = n.name,
    is_admin = n.is_admin,
    status = n.status,
    suspended_with_owner = n.suspended_with_owner,
    suspended_for = r.reasons,
    account_owner_id = n.account_owner_id,
    waiting_since = n.waiting_since,
    waiting_cluster_id = case when n.waiting_since is not null then s.hopsworks_cluster_id end,
    login_count = n.login_count,
    metadata = n.metadata,
    created_at = n.created_at,
    updated_at = n.updated_at,
    deleted_at = n.deleted_at,
    erased_at = null,
    closed_spans = null
from new_users n
left join new_seats s on s.user_id = n.account_owner_id
cross join lateral (
  select case
    when n.status <> 'suspended' then '{}'::text[]
    when n.suspended_with_owner then '{owner}'
    else '{administrator}'
  end as reasons
) r
where n.id = t.id
  and (
    (t.email, t.name, t.account_owner_id, t.deleted_at, t.waiting_since, t.metadata)
      is distinct from (n.email, n.name, n.account_owner_id, n.deleted_at, n.waiting_since, n.metadata)
    or (t.email_verified, t.is_admin, t.status, t.suspended_with_owner, t.login_count, t.created_at, t.updated_at)
      is distinct from (n.email_verified, n.is_admin, n.status, n.suspended_with_owner, n.login_count, n.created_at, n.updated_at)
    or t.suspended_for is distinct from r.reasons
    or num_nonnulls(t.erased_at, t.closed_spans) > 0
  );

insert into app.account_memberships (user_id, effective_on, account_owner_id)
select user_id, effective_on, payer from new_memberships order by user_id, effective_on;

-- `api_key` is encrypted elsewhere.
update public.hopsworks_clusters t
set name = n.name,
    api_url = n.api_url,
    api_key = case when n.has_key then t.api_key end,
    max_users = n.max_users,
    current_users = n.current_users,
    status = n.status,
    metadata = n.metadata,
    created_at = n.created_at,
    updated_at = n.updated_at
from new_clusters n
where n.id = t.id;

update public.user_hopsworks_assignments t
set id = n.id, hopsworks_cluster_id = n.hopsworks_cluster_id, assigned_at = n.assigned_at, user_created_at = u.created_at
from new_seats n
join new_users u on u.id = n.user_id
where n.user_id = t.user_id;
insert into public.user_hopsworks_assignments (id, user_id, hopsworks_cluster_id, assigned_at, user_created_at)
select n.id, n.user_id, n.hopsworks_cluster_id, n.assigned_at, u.created_at
from new_seats n
join new_users u on u.id = n.user_id
where n.place is null;

update public.instances t
set id = n.id,
    instance_name = coalesce(n.instance_name, app.instance_name(n.user_id)),
    hopsworks_url = n.hopsworks_url,
    status = n.status,
    created_at = n.created_at,
    updated_at = n.updated_at,
    activated_at = n.activated_at,
    deleted_at = n.deleted_at
from new_instances n
where n.user_id = t.user_id;
insert into public.instances (
  id, user_id, instance_name, hopsworks_url, status, created_at, updated_at, activated_at, deleted_at
)
select
  n.id, n.user_id, app.instance_name(n.user_id), n.hopsworks_url, n.status, n.created_at, n.updated_at, n.activated_at, n.deleted_at
from new_instances n
where n.place is null;

update public.clusters t
set deployment_type = n.deployment_type,
    status = n.status,
    hopsworks_api_key = case when n.has_key then t.hopsworks_api_key end,
    created_at = n.created_at,
    updated_at = n.updated_at,
    deleted_at = n.deleted_at
from new_deployments n
where n.id = t.id;

update public.team_invites t
set account_owner_id = n.account_owner_id,
    email = n.email,
    token_hash = n.token_hash,
    expires_at = n.expires_at,
    accepted_at = n.accepted_at,
    accepted_by_user_id = n.accepted_by_user_id,
    created_at = n.created_at,
    withdrawn_at = n.withdrawn_at,
    -- Nobody is told of those that have been so for a while.
    expired_at = case when n.expires_at <= app.now() and n.accepted_at is null and n.withdrawn_at is null then n.expires_at end
from new_invites n
where n.id = t.id;
insert into app.invite_links (token_hash, invite_id) select token_hash, invite_id from new_links;
-- Only the hash is kept.
do $$
begin
  if exists (
    select from pg_catalog.pg_attribute
    where attrelid = 'public.team_invites'::regclass and attname = 'token' and not attisdropped
  ) then
    alter table public.team_invites alter column token drop not null;
    update public.team_invites set token = null where token is not null;
  end if;
end
$$;
