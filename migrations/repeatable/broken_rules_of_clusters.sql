-- What breaks a rule about Hopsworks clusters: a part of `app.invariant_violations`.
create or replace view app.broken_rules_of_clusters (kind, id, detail) as
select v.kind, c.id::text collate "C", v.detail
from public.hopsworks_clusters c
cross join lateral (
  select
    'seats_equal_assignments' as kind,
    format('current_users is %s, assignments are %s', c.current_users, n.taken) as detail
  from (
    select count(*) as taken from public.user_hopsworks_assignments a where a.hopsworks_cluster_id = c.id
  ) n
  where c.current_users <> n.taken

  union all
  select 'seats_within_capacity', format('%s users on %s seats', c.current_users, c.max_users)
  where c.current_users > c.max_users

  union all
  select 'inactive_clusters_are_empty', format('%s users sit there', c.current_users)
  where c.status = 'inactive' and c.current_users > 0
) v;
