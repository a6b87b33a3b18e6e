-- What the tables say before anything is changed.
create temp table counted_before on commit drop as
select 'users' as line, 'all' as key, count(*)::numeric as amount from old_users
union all
select case when nullif(account_owner_id, '') is null then 'account owners' else 'members' end, 'all', count(*) from old_users group by 1
union all
select 'seats', coalesce(c.name, 'no cluster'), count(*)
from old_user_hopsworks_assignments a
left join new_clusters c on c.id = a.hopsworks_cluster_id
group by 2
union all
select v.line, coalesce(c.user_id, 'nobody'), sum(v.amount)
from old_user_credits c
cross join lateral (values
  ('bought', pg_temp.finite(c.total_purchased)),
  ('used', pg_temp.finite(c.total_used)),
  ('left', case
    when c.balance > '-Infinity' and c.balance < 'Infinity' then c.balance
    else pg_temp.finite(c.total_purchased) - pg_temp.finite(c.total_used)
  end),
  ('CPU hours', pg_temp.finite(c.cpu_hours_used)),
  ('GPU hours', pg_temp.finite(c.gpu_hours_used)),
  ('storage GB-months', pg_temp.finite(c.storage_gb_months))
) v (line, amount)
where v.amount <> 0
group by 1, 2
union all
select v.line, 'all', v.amount
from (
  select
    count(*) as days,
    sum(pg_temp.finite(total_cost)) as cost,
    sum(pg_temp.finite(cpu_hours)) as cpu_hours,
    sum(pg_temp.finite(gpu_hours)) as gpu_hours,
    sum(pg_temp.finite(storage_gb)) as storage_gb
  from old_usage_daily
) d
cross join lateral (values
  ('days', d.days), ('charged for days', d.cost), ('CPU hours of days', d.cpu_hours), ('GPU hours of days', d.gpu_hours),
  ('gigabytes of days', d.storage_gb)
) v (line, amount)
union all
select
  case
    when accepted_at is not null or accepted_by_user_id is not null then 'invites accepted'
    when withdrawn_at is null and coalesce(expires_at, 'infinity') > now() then 'invites open'
    else 'invites ended'
  end,
  'all',
  count(*)
from old_team_invites
group by 1
union all
select 'rows with unreadable values', 'all', count(*) from troubles where kind = 'columns.unreadable' having count(*) > 0
union all
select 'links open', 'all', count(distinct hash)
from given_invites
where accepted_at is null and accepted_by_user_id is null and withdrawn_at is null and coalesce(expires_at, 'infinity') > now()
union all
select 'keys of clusters', 'all', count(*) from old_hopsworks_clusters where api_key <> ''
union all
select 'keys of deployments', 'all', count(*) from old_clusters where hopsworks_api_key <> '';
