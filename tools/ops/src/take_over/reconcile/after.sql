-- What the tables say afterwards.
create temp table counted_after on commit drop as
select 'users' as line, 'all' as key, count(*)::numeric as amount from public.users
union all
select case when account_owner_id is null then 'account owners' else 'members' end, 'all', count(*) from public.users group by 1
union all
select 'seats', c.name, count(*)
from public.user_hopsworks_assignments a
join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
group by 2
union all
select v.line, c.user_id, v.amount
from public.user_credits c
cross join lateral (values
  ('bought', c.total_purchased),
  ('used', c.total_used),
  ('left', c.balance),
  ('CPU hours', c.cpu_hours_used),
  ('GPU hours', c.gpu_hours_used),
  ('storage GB-months', c.storage_gb_months)
) v (line, amount)
where v.amount <> 0
union all
select v.line, 'all', v.amount
from (
  select
    count(*) as days, sum(charged_usd) as cost, sum(cpu_hours) as cpu_hours, sum(gpu_hours) as gpu_hours, sum(storage_gb) as storage_gb
  from public.usage_daily
) d
cross join lateral (values
  ('days', d.days), ('charged for days', d.cost), ('CPU hours of days', d.cpu_hours), ('GPU hours of days', d.gpu_hours),
  ('gigabytes of days', d.storage_gb)
) v (line, amount)
union all
select
  case
    when accepted_at is not null then 'invites accepted'
    when withdrawn_at is null and expires_at > now() then 'invites open'
    else 'invites ended'
  end,
  'all',
  count(*)
from public.team_invites
group by 1
union all
-- Of the links that were open before, those that lead to an open invite.
select 'links open', 'all', count(distinct g.hash)
from given_invites g
join (
  select token_hash, id from public.team_invites union all select token_hash, invite_id from app.invite_links
) l on l.token_hash = g.hash
join public.team_invites i on i.id = l.id
where g.accepted_at is null and g.accepted_by_user_id is null and g.withdrawn_at is null and coalesce(g.expires_at, 'infinity') > now()
  and i.accepted_at is null and i.withdrawn_at is null and i.expires_at > now()
union all
select 'keys of clusters', 'all', count(*) from public.hopsworks_clusters where api_key is not null
union all
select 'keys of deployments', 'all', count(*) from public.clusters where hopsworks_api_key is not null;

-- Each line and key: before, moved by troubles, after.
create temp table reconciliation on commit drop as
select line, key, sum(before) as before, sum(moved) as moved, sum(after) as after
from (
  select line, key, amount as before, 0 as moved, 0 as after from counted_before
  union all
  select line, key, 0, amount, 0 from effects
  union all
  select line, key, 0, 0, amount from counted_after
) a
group by line, key;
