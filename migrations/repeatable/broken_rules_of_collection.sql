-- What breaks a rule about usage that is read from clusters: a part of `app.invariant_violations`. What is older than a
-- reading may be is forgotten in time, so it is not compared.
create or replace view app.broken_rules_of_collection (kind, id, detail) as
select 'collected_usage_is_billed', n.user_id, format(
  '%s of %s, project %s: namespaces used %s CPU hours, %s GPU hours, %s GB; the reading says %s, %s, %s',
  n.hour, n.hopsworks_cluster_id, n.project, n.cpu_hours, n.gpu_hours, n.storage_gb, r.cpu_hours, r.gpu_hours, r.storage_gb
)
from (
  select
    h.user_id, h.hopsworks_cluster_id, h.hour, h.project,
    sum(h.cpu_hours) as cpu_hours, sum(h.gpu_hours) as gpu_hours, sum(h.storage_gb) as storage_gb
  from app.namespace_hours h
  where h.user_id is not null and h.rejection is null and h.hour > app.now() - interval '35 days'
  group by h.user_id, h.hopsworks_cluster_id, h.hour, h.project
) n
left join lateral (
  select k.cpu_hours, k.gpu_hours, k.storage_gb
  from app.usage_readings k
  where k.user_id = n.user_id
    and k.window_start = n.hour
    and k.source = 'opencost:' || n.hopsworks_cluster_id
    and k.project = n.project
  limit 1
) r on true
where (n.cpu_hours, n.gpu_hours, n.storage_gb)
    <> (coalesce(r.cpu_hours, 0), coalesce(r.gpu_hours, 0), coalesce(r.storage_gb, 0))
  and n.hour >= app.readings_kept_since()

union all
select 'an_hour_is_the_sum_of_its_namespaces', c.hopsworks_cluster_id::text, format(
  '%s: %s CPU hours, %s GPU hours, %s GB; the namespaces say %s, %s, %s',
  c.hour, c.cpu_hours, c.gpu_hours, c.storage_gb, n.cpu_hours, n.gpu_hours, n.storage_gb
)
from app.usage_coverage c
cross join lateral (
  select
    coalesce(sum(h.cpu_hours), 0) as cpu_hours,
    coalesce(sum(h.gpu_hours), 0) as gpu_hours,
    coalesce(sum(h.storage_gb), 0) as storage_gb
  from app.namespace_hours h
  where h.hopsworks_cluster_id = c.hopsworks_cluster_id and h.hour = c.hour
) n
where c.digest is not null
  and c.hour > app.now() - interval '35 days'
  and (c.cpu_hours, c.gpu_hours, c.storage_gb) <> (n.cpu_hours, n.gpu_hours, n.storage_gb);
