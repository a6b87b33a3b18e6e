-- Where the users work: clusters, and who sits on which.

create temp table new_clusters on commit drop as
select
  c.place,
  c.id,
  left(coalesce(nullif(btrim(c.name), ''), substring(c.api_url from '^(?:[^:/]+://)?([^/:?#]+)'), 'cluster-' || left(c.id::text, 8)), 253) as name,
  case
    when c.api_url ~ '^https://[^[:space:][:cntrl:]]+$' and char_length(c.api_url) <= 2048 then c.api_url
    when char_length(c.api_url) > 2040 then null
    else 'https://' || substring(btrim(c.api_url) from '(?i)^(?:https?://)?([^[:space:][:cntrl:]/]+[^[:space:][:cntrl:]]*)$')
  end as api_url,
  nullif(c.api_key, '') is not null as has_key,
  greatest(0, least(coalesce(c.max_users, 100), 2147483647))::integer as max_users,
  0 as current_users,
  case
    when c.status is null then 'active'
    else coalesce(pg_temp.known_status(c.status, array['active', 'full', 'maintenance', 'inactive'], null), 'maintenance')
  end as status,
  case when jsonb_typeof(c.metadata) = 'object' then c.metadata else '{}' end as metadata,
  coalesce(c.created_at, c.updated_at, now()) as created_at,
  coalesce(c.updated_at, c.created_at, now()) as updated_at
from (
  select
    o.place, coalesce(o.id, gen_random_uuid()) as id, o.name, pg_temp.without_password(o.api_url) as api_url, o.api_key, o.max_users, o.status, o.metadata,
    o.created_at, o.updated_at, row_number() over (partition by o.id order by o.created_at, o.place) as copy
  from old_hopsworks_clusters o
) c
where c.copy = 1 or c.id is null;
create unique index on new_clusters (id);
analyze new_clusters;

insert into troubles
select 'hopsworks_clusters', c.place, c.id::text, 'hopsworks_clusters.id_twice'
from old_hopsworks_clusters c
where not exists (select from new_clusters n where n.place = c.place);

update new_clusters n
set name = left(n.name, 244) || '-' || left(n.id::text, 8)
from (select id, row_number() over (partition by name order by created_at, id) as copy from new_clusters) c
where c.id = n.id and c.copy > 1;
-- Nobody can work where there is no address.
update new_clusters
set api_url = 'https://unknown.invalid', status = case when status = 'inactive' then status else 'maintenance' end
where api_url is null;

-- Seats. What names no user or no cluster is none, and a deleted user has none.
create temp table given_seats on commit drop as
select
  a.place, a.id, a.user_id, a.hopsworks_cluster_id, a.assigned_at, u.account_owner_id, u.status,
  case when a.id is not null then row_number() over (partition by a.id order by a.place) end as id_copy
from old_user_hopsworks_assignments a
join new_users u on u.id = a.user_id
join new_clusters c on c.id = a.hopsworks_cluster_id
where u.status <> 'deleted';
create index on given_seats (user_id);
analyze given_seats;

insert into troubles
select
  'user_hopsworks_assignments', a.place, a.id::text,
  case
    when u.id is null then 'seats.user_unknown'
    when c.id is null then 'seats.cluster_unknown'
    else 'seats.user_deleted'
  end
from old_user_hopsworks_assignments a
left join new_users u on u.id = a.user_id
left join new_clusters c on c.id = a.hopsworks_cluster_id
where not exists (select from given_seats g where g.place = a.place);

-- Of several seats the one that the user's instance names, else one that takes users, else the latest.
create temp table new_seats on commit drop as
select distinct on (s.user_id)
  s.place,
  case when s.id_copy = 1 then s.id else gen_random_uuid() end as id,
  s.user_id,
  s.account_owner_id,
  s.hopsworks_cluster_id,
  coalesce(s.assigned_at, now()) as assigned_at,
  false as is_lost,
  false as is_moved
from given_seats s
join new_clusters c on c.id = s.hopsworks_cluster_id
left join (
  select user_id, min(rtrim(pg_temp.without_password(hopsworks_url), '/')) as hopsworks_url from old_instances group by user_id
) i on i.user_id = s.user_id
-- A member's seat beside the owner comes before all.
left join (
  select user_id, array_agg(hopsworks_cluster_id) as clusters from given_seats where account_owner_id is null group by user_id
) o on o.user_id = s.account_owner_id
order by
  s.user_id,
  s.hopsworks_cluster_id = any (o.clusters) desc nulls last,
  rtrim(c.api_url, '/') = i.hopsworks_url desc nulls last,
  array_position(array['active', 'full', 'maintenance', 'inactive'], c.status),
  s.assigned_at desc nulls last,
  s.id,
  s.place;
create unique index on new_seats (user_id);
analyze new_seats;

insert into troubles
select 'user_hopsworks_assignments', g.place, g.id::text, 'seats.second_seat', g.user_id
from given_seats g
where not exists (select from new_seats n where n.place = g.place);

-- An owner without a seat sits where most of the team does.
with added as (
  insert into new_seats
  select distinct on (m.account_owner_id)
    null::tid, gen_random_uuid(), m.account_owner_id, null::text, m.hopsworks_cluster_id, now(), false, false
  from (
    select account_owner_id, hopsworks_cluster_id, count(*) as members
    from new_seats
    where account_owner_id is not null
    group by 1, 2
  ) m
  where not exists (select from new_seats o where o.user_id = m.account_owner_id)
  order by m.account_owner_id, m.members desc, m.hopsworks_cluster_id
  returning user_id
)
insert into troubles select 'user_hopsworks_assignments', null, user_id, 'seats.owner_had_none', user_id from added;

with moved as (
  update new_seats m
  set hopsworks_cluster_id = o.hopsworks_cluster_id
  from new_seats o
  where o.user_id = m.account_owner_id and o.hopsworks_cluster_id <> m.hopsworks_cluster_id
  returning m.place, m.id, m.user_id
)
insert into troubles
select 'user_hopsworks_assignments', place, id::text, 'seats.not_beside_the_owner', user_id from moved;

insert into troubles
select 'user_hopsworks_assignments', g.place, g.id::text, t.kind
from given_seats g
join new_seats n on n.place = g.place
cross join lateral (values
  ('seats.time_null', g.assigned_at is null),
  ('seats.id_unusable', g.id is distinct from n.id)
) t (kind, is_one)
where t.is_one;

-- Capacity: it grows to what is taken, or those who came last lose their seats, members first.
update new_seats s
set is_lost = true
from (
  select user_id, hopsworks_cluster_id,
    row_number() over (partition by hopsworks_cluster_id order by account_owner_id is not null, assigned_at, user_id) as rank
  from new_seats
) r
join new_clusters c on c.id = r.hopsworks_cluster_id
where r.user_id = s.user_id and r.rank > c.max_users and pg_temp.choice('over_capacity') = 'wait';

-- Who would wait beside a free seat takes it: first the owners, on the cluster with the fewest users, as `seat_user` has
-- it, and then their members.
with taken as (
  select c.id, c.created_at, c.max_users, count(s.user_id) as users
  from new_clusters c
  left join new_seats s on s.hopsworks_cluster_id = c.id and not s.is_lost
  where c.status in ('active', 'full')
  group by 1, 2, 3
),
free_seats as (
  select t.id, row_number() over (order by f.users, t.created_at, t.id) as turn
  from taken t
  cross join generate_series(t.users, least(t.max_users, t.users + (select count(*) from new_seats where is_lost)) - 1) f (users)
),
owners as (
  select s.user_id, row_number() over (order by s.assigned_at, s.user_id) as turn
  from new_seats s
  join new_users u on u.id = s.user_id
  where s.is_lost and s.account_owner_id is null and u.status = 'active'
)
update new_seats s
set hopsworks_cluster_id = f.id, is_lost = false, is_moved = true
from owners o
join free_seats f on f.turn = o.turn
where o.user_id = s.user_id;
with taken as (
  select hopsworks_cluster_id as id, count(*) as users from new_seats where not is_lost group by 1
),
members as (
  select m.user_id, t.id, c.max_users - t.users as room, row_number() over (partition by t.id order by m.assigned_at, m.user_id) as turn
  from new_seats m
  join new_users u on u.id = m.user_id
  join new_seats o on o.user_id = m.account_owner_id and o.is_moved
  join new_clusters c on c.id = o.hopsworks_cluster_id
  join taken t on t.id = c.id
  where m.is_lost and u.status = 'active'
)
update new_seats s
set hopsworks_cluster_id = m.id, is_lost = false, is_moved = true
from members m
where m.user_id = s.user_id and m.turn <= m.room;

-- Whoever loses a seat waits from the time of that seat on.
update new_users u
set waiting_since = least(s.assigned_at, now())
from new_seats s
where s.is_lost and s.user_id = u.id and u.status = 'active';
-- A seat that was to be added or moved, and is lost or moved on, is judged by what becomes of it in the end.
delete from troubles t
using new_seats s
where t.kind = 'seats.not_beside_the_owner' and t.place = s.place and (s.is_lost or s.is_moved)
  or t.kind = 'seats.owner_had_none' and t.row_id = s.user_id and s.is_lost;
insert into troubles
select 'user_hopsworks_assignments', s.place, s.id::text, 'seats.moved_to_room', s.user_id
from new_seats s
join given_seats g on g.place = s.place
where s.is_moved and g.hopsworks_cluster_id <> s.hopsworks_cluster_id;
with lost as (delete from new_seats where is_lost returning *)
insert into troubles
select 'user_hopsworks_assignments', place, id::text, 'seats.beyond_capacity', user_id from lost where place is not null;

update new_clusters c set current_users = s.taken, max_users = greatest(c.max_users, s.taken)
from (select hopsworks_cluster_id, count(*) as taken from new_seats group by 1) s
where s.hopsworks_cluster_id = c.id;
update new_clusters set status = 'maintenance' where status = 'inactive' and current_users > 0;
update new_clusters
set status = case when current_users >= max_users then 'full' else 'active' end
where status in ('active', 'full');

insert into troubles
select 'hopsworks_clusters', c.place, n.id::text, t.kind, t.note
from old_hopsworks_clusters c
join new_clusters n on n.place = c.place
cross join lateral (values
  ('hopsworks_clusters.name_unusable', c.name is distinct from n.name, c.name),
  ('hopsworks_clusters.address_unusable', pg_temp.without_password(c.api_url) is distinct from n.api_url, pg_temp.without_password(c.api_url)),
  ('hopsworks_clusters.address_password', pg_temp.without_password(c.api_url) <> c.api_url, pg_temp.without_password(c.api_url)),
  ('hopsworks_clusters.capacity_grows', c.max_users >= 0 and c.max_users < n.max_users, format('%s to %s', c.max_users, n.max_users)),
  ('hopsworks_clusters.capacity_unusable', c.max_users is null or c.max_users < 0 or c.max_users > n.max_users, c.max_users::text),
  ('hopsworks_clusters.counter_wrong', c.current_users is distinct from n.current_users, format('%s, and %s sit there', coalesce(c.current_users::text, 'null'), n.current_users)),
  ('hopsworks_clusters.status_null', c.status is null, null),
  ('hopsworks_clusters.status_spelt', c.status <> n.status and lower(btrim(c.status)) = n.status, c.status),
  ('hopsworks_clusters.status_changes', lower(btrim(c.status)) <> n.status, format('%s to %s', c.status, n.status)),
  ('hopsworks_clusters.metadata_unusable', jsonb_typeof(c.metadata) is distinct from 'object', null),
  ('hopsworks_clusters.time_null', c.created_at is null or c.updated_at is null, null),
  ('hopsworks_clusters.key_plain', n.has_key and not pg_temp.is_encrypted(c.api_key), null),
  ('hopsworks_clusters.key_encrypted', n.has_key and pg_temp.is_encrypted(c.api_key), null),
  ('hopsworks_clusters.key_blank', c.api_key = '', null),
  ('hopsworks_clusters.id_null', c.id is null, null)
) t (kind, is_one, note)
where t.is_one;

-- Seats by cluster, by the names that the clusters have afterwards.
insert into effects
select 'seats', coalesce(c.name, 'no cluster'), -count(*), t.kind
from troubles t
join old_user_hopsworks_assignments a on a.place = t.place
left join new_clusters c on c.id = a.hopsworks_cluster_id
where t.table_name = 'user_hopsworks_assignments' and t.kind not in ('seats.time_null', 'seats.id_unusable', 'seats.owner_had_none')
group by 2, 4
union all
select 'seats', c.name, count(*), t.kind
from troubles t
join new_seats s on s.place = t.place
join new_clusters c on c.id = s.hopsworks_cluster_id
where t.kind in ('seats.not_beside_the_owner', 'seats.moved_to_room')
group by 2, 4
union all
select 'seats', c.name, count(*), 'seats.owner_had_none'
from new_seats s
join new_clusters c on c.id = s.hopsworks_cluster_id
where s.place is null
group by 2;
