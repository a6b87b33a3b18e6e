-- Instances, which follow the seats, and the users' own deployments.

create temp table new_instances on commit drop as
select
  i.place,
  case when i.id_copy = 1 then i.id else gen_random_uuid() end as id,
  u.id as user_id,
  case when char_length(i.instance_name) between 1 and 253 then i.instance_name end as instance_name,
  c.api_url as hopsworks_url,
  case
    when u.status = 'deleted' then 'deleted'
    when u.status = 'suspended' then 'stopped'
    when s.id is not null then 'active'
    when u.waiting_since is not null then 'provisioning'
    else 'stopped'
  end as status,
  coalesce(i.created_at, u.created_at) as created_at,
  coalesce(i.updated_at, i.created_at, u.created_at) as updated_at,
  coalesce(i.activated_at, case when u.status = 'active' then s.assigned_at end) as activated_at,
  case when u.status = 'deleted' then coalesce(i.deleted_at, u.deleted_at) end as deleted_at
from new_users u
left join new_seats s on s.user_id = u.id
left join new_clusters c on c.id = s.hopsworks_cluster_id
left join (
  select *, row_number() over (
    partition by user_id order by deleted_at nulls first, activated_at desc nulls last, created_at, place
  ) as copy,
  case when id is not null then row_number() over (partition by id order by place) end as id_copy
  from old_instances
) i on i.user_id = u.id and i.copy = 1;
analyze new_instances;

insert into troubles
select
  'instances', i.place, i.id::text,
  case when exists (select from new_users u where u.id = i.user_id) then 'instances.second_instance' else 'instances.user_unknown' end
from old_instances i
where not exists (select from new_instances n where n.place = i.place)
union all
select 'instances', i.place, i.id::text, t.kind
from old_instances i
join new_instances n on n.place = i.place
cross join lateral (values
  ('instances.follows_the_seat', (i.hopsworks_url, i.status, i.activated_at, i.deleted_at)
    is distinct from (n.hopsworks_url, n.status, n.activated_at, n.deleted_at)),
  ('instances.name_unusable', i.instance_name is distinct from n.instance_name or i.instance_name is null),
  ('instances.time_null', i.created_at is null or i.updated_at is null),
  ('instances.id_unusable', i.id is distinct from n.id)
) t (kind, is_one)
where t.is_one;

create temp table new_deployments on commit drop as
select
  d.place,
  case when d.copy = 1 then d.id else gen_random_uuid() end as id,
  d.user_id,
  coalesce(nullif(d.deployment_type, ''), 'unknown') as deployment_type,
  d.zone,
  case
    when u.status = 'deleted' then 'deleted'
    when d.status is null then 'provisioning'
    when d.status in ('provisioning', 'active', 'stopped', 'failed', 'deleted') then d.status
    else coalesce(
      pg_temp.known_status(
        d.status, array['provisioning', 'active', 'stopped', 'failed', 'deleted'], pg_temp.choice('deployment_status')::jsonb
      ),
      'stopped'
    )
  end as status,
  nullif(d.hopsworks_api_key, '') is not null and u.status <> 'deleted' as has_key,
  coalesce(d.created_at, d.updated_at, now()) as created_at,
  coalesce(d.updated_at, d.created_at, now()) as updated_at,
  d.deleted_at,
  u.deleted_at as user_deleted_at
from (
  select
    *,
    case when id is not null then row_number() over (partition by id order by created_at, place) end as copy,
    row_number() over (partition by id, user_id, hopsworks_project_id, hopsworks_api_key order by created_at, place) as same
  from old_clusters
  -- A row of nobody takes the id from none.
  where user_id in (select u.id from new_users u)
) d
join new_users u on u.id = d.user_id
where d.same = 1 or d.id is null;
analyze new_deployments;
update new_deployments
set deleted_at = case when status = 'deleted' then coalesce(deleted_at, user_deleted_at, updated_at) end,
    has_key = has_key and status <> 'deleted';

insert into troubles
select 'clusters', d.place, d.id::text,
  case when exists (select from new_users u where u.id = d.user_id) then 'clusters.row_twice' else 'clusters.user_unknown' end
from old_clusters d
where not exists (select from new_deployments n where n.place = d.place);
insert into troubles
select 'clusters', d.place, n.id::text, t.kind, t.note
from old_clusters d
join new_deployments n on n.place = d.place
cross join lateral (values
  ('clusters.type_null', coalesce(d.deployment_type, '') = '', null),
  ('clusters.status_null', d.status is null, null),
  ('clusters.ends_with_its_user', n.user_deleted_at is not null
    and (d.status is distinct from 'deleted' or coalesce(d.hopsworks_api_key, '') <> ''), null),
  ('clusters.status_spelt', n.user_deleted_at is null and d.status <> n.status and lower(btrim(d.status)) = n.status, d.status),
  ('clusters.status_unknown', n.user_deleted_at is null and d.status <> n.status and lower(btrim(d.status)) <> n.status, d.status),
  ('clusters.deleted_at_changes', d.deleted_at is distinct from n.deleted_at, null),
  ('clusters.time_null', d.created_at is null or d.updated_at is null, null),
  ('clusters.key_of_the_deleted', n.user_deleted_at is null and n.status = 'deleted' and coalesce(d.hopsworks_api_key, '') <> '', null),
  ('clusters.key_plain', n.has_key and not pg_temp.is_encrypted(d.hopsworks_api_key), null),
  ('clusters.key_encrypted', n.has_key and pg_temp.is_encrypted(d.hopsworks_api_key), null),
  ('clusters.key_blank', d.hopsworks_api_key = '', null),
  ('clusters.id_twice', d.id <> n.id, d.id::text),
  ('clusters.id_null', d.id is null, null)
) t (kind, is_one, note)
where t.is_one;
