-- What must hold as it was chosen.

-- Who stands there once.
create or replace view before.persons as
select
  n.id, n.status, n.suspended_with_owner, n.account_owner_id, n.email, lower(btrim(o.row ->> 'email', E' \t\r\n')) as given_email,
  case
    when o.row ->> 'status' is null and o.row ->> 'deleted_at' is not null then 'deleted'
    when o.row ->> 'status' is null then 'active'
    else coalesce(before.status(o.row, 'user-status'), 'suspended')
  end as due,
  case when before.choice('same-address') is null then coalesce(before.flag(o.row ->> 'email_verified'), false) end as is_verified,
  case when before.choice('same-address') is null then coalesce(before.moment(o.row ->> 'last_login_at'), '-infinity') end as seen_at,
  before.moment(o.row ->> 'created_at') as created_at
from (select *, count(*) over (partition by given_id) as copies from before.old where table_name = 'users') o
join public.users n on n.id = o.given_id
where o.copies = 1;

-- Users who sat on one cluster, and their owner there, too.
create or replace view before.sitting as
with only_seats as (
  select s.user_id, s.payer, s.cluster_id, max(before.moment(o.row ->> 'assigned_at')) as since
  from before.seats s
  join before.old o on o.user_id = s.user_id and o.table_name = 'user_hopsworks_assignments'
  group by 1, 2, 3
  having count(*) = 1
)
select m.*, m.payer <> m.user_id as is_member, exists (
  select from public.user_hopsworks_assignments a where a.user_id = m.user_id and a.hopsworks_cluster_id::text = m.cluster_id
) as is_there
from only_seats m
join only_seats o on o.user_id = m.payer and o.cluster_id = m.cluster_id;

-- Clusters, and how many seats they had.
create or replace view before.rooms as
select c.*, greatest(0, least(coalesce(before.number(o.row ->> 'max_users'), 100), 2147483647)) as room
from (select *, count(*) over (partition by id) as copies from before.old where table_name = 'hopsworks_clusters') o
join public.hopsworks_clusters c on c.id::text = o.id
where o.copies = 1;

create or replace view before.chosen as
select 'a user has another status' as kind, format('%s: %s, was to be %s', p.id, p.status, p.due) as detail
from before.persons p
left join public.users o on o.id = p.account_owner_id
cross join lateral (
  select coalesce(p.due = 'active' and o.status = 'suspended' and before.choice('suspended-teams') is null, false) as stands_still
) s
where p.status <> case when s.stands_still then 'suspended' else p.due end or p.suspended_with_owner <> s.stands_still
union all
select 'an address went to somebody else', format('%s: %s instead of %s', h.email, h.id, p.id)
from before.persons p
join before.persons h on h.given_email = p.given_email
where p.email is null and h.email is not null and p.status <> 'deleted' and h.status <> 'deleted'
  and (p.is_verified, p.seen_at) is not distinct from (h.is_verified, h.seen_at) and p.created_at < h.created_at
union all
select 'an address went to somebody else', format('%s: %s instead of %s', h.email, h.id, p.id)
from before.persons p
join before.persons h on h.given_email = p.given_email
where p.email is null and h.email is not null and p.status <> 'deleted' and h.status <> 'deleted'
  and (p.is_verified, p.seen_at) > (h.is_verified, h.seen_at)
union all
select 'an address is lost', p.given_email
from before.persons p
where p.given_email ~ '^[^@ ]+@[^@ ]+$' and char_length(p.given_email) <= 320
  and not exists (select from public.users n where lower(n.email) = p.given_email)
union all
select 'verified without an address', n.id from public.users n where n.email is null and n.email_verified
union all
select 'a deployment has another status', format('%s: %s', o.told, d.status)
from (select *, count(*) over (partition by id) as copies from before.old where table_name = 'clusters') o
join public.clusters d on d.id::text = o.id
join public.users u on u.id = d.user_id
where o.copies = 1 and d.status <> case
  when u.status = 'deleted' then 'deleted'
  when o.row ->> 'status' is null then 'provisioning'
  else coalesce(before.status(o.row, 'deployment-status'), 'stopped')
end
union all
select 'a spelling is called unknown', t.before::text
from app.taken_over t
where t.why ~ 'the status is none of|a status that we do not know' and before.status(t.before, '') is not null
union all
select 'a token is kept', i.id::text from public.team_invites i where to_jsonb(i) ->> 'token' is not null
union all
select 'a cluster has other seats', format('%s: %s of %s', r.name, r.max_users, r.room)
from before.rooms r
where r.max_users <> case when before.choice('over-capacity') is null then greatest(r.room, r.current_users) else r.room end
union all
select 'somebody else was to sit', format('%s, not %s, on %s', l.user_id, k.user_id, l.cluster_id)
from before.sitting l
join before.sitting k on k.cluster_id = l.cluster_id
where not l.is_there and k.is_there and (l.is_member < k.is_member or l.is_member = k.is_member and l.since < k.since)
union all
select 'a seat was left without need', s.user_id
from before.sitting s
join before.rooms r on r.id::text = s.cluster_id
where not s.is_there and r.current_users < r.max_users
union all
select 'somebody neither sits nor waits', u.id
from public.users u
where u.status = 'active' and u.waiting_since is null and u.id in (select s.user_id from before.seats s)
  and u.id not in (select a.user_id from public.user_hopsworks_assignments a)
union all
select 'somebody waits', u.id
from public.users u
where before.choice('over-capacity') is null and u.waiting_since is not null or u.waiting_since > now()
union all
select 'somebody waits beside a free seat', u.id
from public.users u
left join public.user_hopsworks_assignments o on o.user_id = u.account_owner_id
join public.hopsworks_clusters c on c.current_users < c.max_users and c.status in ('active', 'full')
where u.waiting_since is not null and (u.account_owner_id is null or c.id = o.hopsworks_cluster_id);
