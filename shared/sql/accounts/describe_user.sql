-- Users as they may see themselves (`description`): profile, owner, seat or place in the queue, instance, and the
-- account's credits if they own it. Money and quantities are decimal strings. A query that selects few columns joins
-- few tables.
create view described_users as
select
  u.id,
  u.account_owner_id,
  u.waiting_since,
  place.place_in_queue,
  place.assignment,
  place.instance,
  place.hopsworks_account,
  jsonb_build_object(
    'id', u.id,
    'email', u.email,
    'email_verified', u.email_verified,
    'name', u.name,
    'status', u.status,
    'suspended_for', u.suspended_for,
    'is_admin', u.is_admin,
    'login_count', u.login_count,
    'last_login_at', u.last_login_at,
    'created_at', u.created_at,
    'metadata', u.metadata,
    'account_owner_id', u.account_owner_id,
    'owner', case when o.id is not null then jsonb_build_object('id', o.id, 'name', o.name, 'email', o.email) end,
    'assignment', place.assignment,
    'waiting_since', u.waiting_since,
    'place_in_queue', place.place_in_queue,
    'instance', place.instance,
    'hopsworks_account', place.hopsworks_account,
    'credits', case
      when u.account_owner_id is null and uc.id is not null then describe_totals(uc)
    end
  ) as description
from public.users u
left join public.users o on o.id = u.account_owner_id
left join public.user_hopsworks_assignments a on a.user_id = u.id
left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
left join app.hopsworks_provisioning p on p.hopsworks_cluster_id = a.hopsworks_cluster_id
left join app.hopsworks_accounts k on k.user_id = u.id and k.hopsworks_cluster_id = a.hopsworks_cluster_id
left join public.instances i on i.user_id = u.id
left join public.user_credits uc on uc.user_id = u.id
cross join lateral (
  select
    case
      when a.id is not null then jsonb_build_object(
        'cluster_id', c.id,
        'cluster_name', c.name,
        'cluster_status', c.status,
        'api_url', c.api_url,
        'assigned_at', a.assigned_at
      )
    end as assignment,
    case
      when i.id is not null then jsonb_build_object(
        'id', i.id,
        'instance_name', i.instance_name,
        'status', i.status,
        'hopsworks_url', i.hopsworks_url,
        'created_at', i.created_at,
        'activated_at', i.activated_at
      )
    end as instance,
    case when a.id is not null then describe_account(k, p, c.api_key is not null, a.assigned_at) end as hopsworks_account,
    case when u.waiting_since is not null then describe_queue_place(u) end as place_in_queue
) place;

create function describe_user(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (select u.description from described_users u where u.id = p_user_id);
end
$$;
