-- What breaks a rule about accounts on Hopsworks clusters, where they are made by `provision`: a part of
-- `app.invariant_violations`. All that a rule needs of a seat or an account is looked up from it, once.
create or replace view app.broken_rules_of_accounts (kind, id, detail) as
select 'seat_has_an_account', s.user_id, format('none on %s', s.hopsworks_cluster_id)
from public.user_hopsworks_assignments s
-- Clusters are few: they are looked at once, and not for each seat.
join (
  select p.hopsworks_cluster_id
  from app.hopsworks_provisioning p
  join public.hopsworks_clusters c on c.id = p.hopsworks_cluster_id
  where p.provisions and c.api_key is not null
) c on c.hopsworks_cluster_id = s.hopsworks_cluster_id
where not exists (
    select from app.hopsworks_accounts a where a.user_id = s.user_id and a.hopsworks_cluster_id = s.hopsworks_cluster_id
  )
  and (select u.status from public.users u where u.id = s.user_id) = 'active'

union all
select v.kind, a.user_id, v.detail
from app.hopsworks_accounts a
join (
  select p.hopsworks_cluster_id, p.owner_projects, p.member_projects, p.projects_without_credit
  from app.hopsworks_provisioning p
  join public.hopsworks_clusters c on c.id = p.hopsworks_cluster_id
  where p.provisions and c.api_key is not null
) p on p.hopsworks_cluster_id = a.hopsworks_cluster_id
cross join lateral (select u.status, u.account_owner_id from public.users u where u.id = a.user_id limit 1) u
left join lateral (
  select t.id
  from public.user_hopsworks_assignments t
  where t.user_id = a.user_id and t.hopsworks_cluster_id = a.hopsworks_cluster_id
  limit 1
) s on true
left join lateral (
  select k.state in ('exhausted', 'overdue') or k.cap_level = 100 as is_limited, k.projects_when_exhausted
  from public.user_credits k
  where k.user_id = coalesce(u.account_owner_id, a.user_id)
  limit 1
) k on true
left join lateral (select i.status from public.instances i where i.user_id = a.user_id limit 1) i on true
cross join lateral (
  select app.wanted_projects(
    s.id is not null and u.status = 'active',
    case when u.account_owner_id is null then p.owner_projects else p.member_projects end,
    k.is_limited,
    coalesce(k.projects_when_exhausted, p.projects_without_credit)
  ) as projects
) w
cross join lateral (
  select
    'account_is_wanted_as_the_seat_says' as kind,
    format('projects on %s: %s, wanted are %s', a.hopsworks_cluster_id, w.projects, a.wanted_projects) as detail
  where a.wanted_projects is distinct from w.projects

  union all
  select
    'instance_follows_the_account',
    format('instance is %s, the account on %s is %s', i.status, a.hopsworks_cluster_id, coalesce(a.seen_status, 'not there'))
  where s.id is not null
    and u.status = 'active'
    and (i.status = 'active') is distinct from (coalesce(a.seen_status, '') = 'active')
) v;

-- The former one, which only this view and `app.want_accounts` called.
-- squawk-ignore ban-drop-function
drop function if exists app.wanted_projects(boolean, boolean, bigint, numeric, integer, integer, integer);
