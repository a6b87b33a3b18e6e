-- Every cluster is read from its OpenCost: the hours of twenty days, of which one in fifty is missing and one in a hundred
-- has another source too. Two hundred namespaces that nobody owns used something in three of them. What others used, and
-- their owner was billed, is of a day so long ago that its readings need not be there.
insert into app.usage_collection (hopsworks_cluster_id, opencost_url, collect_from, cpu_cores, gpus, system_namespaces)
select
  id, 'https://opencost.example.com', date_trunc('hour', now(), 'UTC') - interval '480 hours', 1000, 100,
  '{kube-system, lost-1}'
from public.hopsworks_clusters;

create view scale.hours as
select
  c.id as cluster_id,
  h.ago,
  date_trunc('hour', now(), 'UTC') - h.ago * interval '1 hour' as hour,
  (h.ago + hashtext(c.id::text) % 50) % 50 = 0 as is_missing
from public.hopsworks_clusters c
cross join generate_series(3, 482) as h (ago);

insert into app.usage_coverage (
  hopsworks_cluster_id, hour, state, due_at, attempts, error_code, collected_at, namespaces, cpu_hours, gpu_hours,
  storage_gb, digest, other_sources
)
select
  h.cluster_id, h.hour, case when h.is_missing then 'missing' else 'collected' end,
  case when h.is_missing then h.hour + interval '500 hours' end,
  case when h.is_missing then 3 else 0 end,
  case when h.is_missing then 'empty_answer' end,
  r.at, r.namespaces, r.namespaces, r.namespaces * 0, r.namespaces * 10, md5(h.hour::text || r.namespaces),
  case when h.ago % 100 = 5 then '{meter-1}'::text[] else '{}' end
from scale.hours h
left join lateral (
  select h.hour + interval '3 hours' as at, case when h.ago in (10, 20, 30) then 200 else 0 end as namespaces
) r on not h.is_missing;

insert into app.namespace_hours (
  hopsworks_cluster_id, hour, namespace, cpu_hours, gpu_hours, storage_gb, user_id, project
)
select c.id, date_trunc('hour', now(), 'UTC') - ago * interval '1 hour', 'owned-' || n, 2, 0.5, 40, u.id, 'owned-' || n
from public.hopsworks_clusters c
cross join generate_series(900, 902) ago
cross join generate_series(1, 20) n
cross join (select id from scale.people order by n limit 1) u
union all
select h.cluster_id, h.hour, 'lost-' || n, 1, 0, 10, null, null
from scale.hours h
cross join generate_series(1, 200) n
where h.ago in (10, 20, 30) and not h.is_missing;
