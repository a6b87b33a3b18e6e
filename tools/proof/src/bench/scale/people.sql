-- Makes a sound database of any size: `scale.size` says how many users on how many clusters, and how many of those are
-- full. Every fifth user has 25 readings, over fourteen months up to yesterday. Each user has the same around them,
-- whatever the size: so what costs more where there are more of them comes from the size.
--
-- It is written past the triggers, as what they would have made of it: seats are counted, instances follow them,
-- days are the sums of readings, and the ledger is computed from exact costs. `app.invariant_violations` must have
-- nothing to say about it.
--
-- `scale.people` says who is what, by number; views of it say whom the requests are about.

set session_replication_role = replica;
set work_mem = '256MB';
set maintenance_work_mem = '512MB';

-- Nothing is added to these indexes, and no plan uses them, before `reindex` fills all at once: several times faster.
update pg_index
set indisready = false, indisvalid = false
where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r');

-- A number from 0 up that looks drawn, and is the same every time.
create function pg_temp.drawn(p_seed bigint, p_below integer) returns integer
language sql immutable
as $$ select (hashint8(p_seed)::bigint + 2147483648)::bigint % p_below $$;

create function pg_temp.user_id(p_number integer) returns text
language sql immutable
as $$ select 'auth0|' || substr(md5('user' || p_number), 1, 24) $$;

-- Users in blocks of ten: `b` is the block, `d` the digit in it. Every other block begins with an owner of three
-- members, one in a hundred is a team of ten; the others have an account each. Members of every tenth block's team sit
-- on a cluster that is full, and the last of them waits. Members signed up by themselves and joined a week later; one in
-- a hundred users has left again.
create table scale.people as
select
  *,
  status <> 'deleted' and not is_elsewhere and not waits as has_seat,
  case when is_member or n % 100 = 29 then created_at::date + 7 end as joined_on,
  md5('cluster' || cluster)::uuid as cluster_id,
  case when status = 'deleted' then now() - interval '2 days' end as deleted_at
from scale.size
cross join lateral generate_series(0, users - 1) n
cross join lateral (select n / 10 as b, n % 10 as d) block
cross join lateral (select d <> 0 and (b % 2 = 0 and d <= 3 or b % 100 = 1) as is_member) team
cross join lateral (
  select
    pg_temp.user_id(n) as id,
    pg_temp.user_id(n - d) as first_id,
    'u' || n || '@example.com' as email,
    case
      when b % 50 = 24 and (d = 0 or is_member) then 'suspended'
      when not is_member and d = 7 and b % 5 = 0 then 'suspended'
      when not is_member and d = 8 and b % 3 = 0 then 'deleted'
      else 'active'
    end as status,
    -- No seat, and no wish for one yet.
    not is_member and d = 6 and b % 20 = 3 as is_elsewhere,
    n % greatest(users / 10, 10) = 5 as is_admin,
    is_member and d = 3 and b % 10 = 4 and b % 50 <> 24 as waits,
    case when b % 10 = 4 then b / 10 % full_ones else full_ones + pg_temp.drawn(b, clusters - full_ones) end as cluster,
    now() - interval '425 days' + (n + 1) * interval '424 days' / (users + 1) as created_at
) person;

alter table scale.people add primary key (n);
analyze scale.people;

create view scale.administrator as select id from scale.people where is_admin order by n limit 1;

-- Owners with a team.
create view scale.team_owners as
select n, id from scale.people where d = 0 and b % 2 = 0 and b % 10 <> 4 and status = 'active';

-- Owners without a team who have a seat.
create view scale.loners as
select n, id, email, 'User ' || n as name
from scale.people
where d in (5, 9) and not is_member and not is_admin and status = 'active';

-- Loners, each with an invite into the team that is next to them.
create view scale.invited as
select
  l.n, l.id as caller, 'join' || l.n || '@example.com' as verified_email, o.id as owner,
  to_char(l.n, 'FM00000000') || repeat('A', 35) as token
from scale.loners l
join scale.team_owners o on o.n = l.n / 20 * 20;

-- A reading of each user, about an hour of a past day.
create function scale.readings(p_user_ids text[], p_project uuid, p_days_ago integer) returns jsonb
language sql
as $$
  select jsonb_agg(jsonb_build_object(
    'source', 'scale', 'project', p_project, 'user_id', id,
    'window_start', day || 'T20:00:00Z', 'window_end', day || 'T21:00:00Z',
    'cpu_hours', '0.75', 'gpu_hours', '0', 'storage_gb', '12.5'
  ))
  from unnest(p_user_ids) id
  cross join (select current_date - p_days_ago as day) past
$$;

insert into public.users (
  id, email, email_verified, name, is_admin, status, suspended_with_owner, suspended_for,
  account_owner_id, waiting_since, waiting_cluster_id,
  login_count, last_login_at,
  profile_at, created_at, updated_at, deleted_at,
  metadata
)
select
  id, email, true, 'User ' || n, is_admin, status, is_member and status = 'suspended',
  case when status <> 'suspended' then '{}' when is_member then '{owner}' else '{administrator}' end::text[],
  case when is_member then first_id end, case when waits then created_at end, case when waits then cluster_id end,
  1 + pg_temp.drawn(n, 90), now() - pg_temp.drawn(n, 30) * interval '1 day',
  created_at, created_at, created_at, deleted_at,
  jsonb_build_object(
    'plan', case when n % 4 = 0 then 'pro' else 'free' end,
    'tags', jsonb_build_array(case when n % 200 = 2 then 'beta' else 't' || n % 50 end)
  )
from scale.people;

insert into app.account_memberships (user_id, effective_on, account_owner_id)
select id, '-infinity'::date, id from scale.people
union all
select id, joined_on, first_id from scale.people where joined_on is not null
union all
select id, joined_on + 53, id from scale.people where joined_on is not null and not is_member;

-- Seats, counted, and what follows from them.
insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id, assigned_at, user_created_at)
select id, cluster_id, created_at, created_at from scale.people where has_seat;

insert into public.hopsworks_clusters (id, name, api_url, max_users, current_users, status, metadata, created_at)
select
  md5('cluster' || i)::uuid, 'cluster-' || i, 'https://cluster-' || i || '.example.com',
  case when i < s.full_ones then count(n) else 2 * count(n) + 500 end, count(n),
  case when i < s.full_ones then 'full' when i % 20 = 19 then 'maintenance' else 'active' end,
  jsonb_build_object('region', 'r' || i % 5), now() - interval '425 days' + i * interval '1 hour'
from scale.size s
cross join lateral generate_series(0, s.clusters - 1) i
left join scale.people p on p.cluster = i and p.has_seat
group by i, s.full_ones;

insert into public.instances (user_id, instance_name, hopsworks_url, status, created_at, activated_at, deleted_at)
select
  id, app.instance_name(id), case when has_seat then 'https://cluster-' || cluster || '.example.com' end,
  case
    when status = 'deleted' then 'deleted'
    when status = 'suspended' or is_elsewhere then 'stopped'
    when waits then 'provisioning'
    else 'active'
  end,
  created_at, case when not waits then created_at end, deleted_at
from scale.people;

-- What else there is around a user: deployments, invites, logins of the last week, and what administrators did.
insert into public.clusters (id, user_id, deployment_type, zone, status, created_at, deleted_at)
select
  md5('deployment' || n || '/' || k)::uuid, id, 'aws', 'eu-north-1', case k when 3 then 'deleted' else 'active' end,
  created_at + k * interval '1 day', case k when 3 then now() end
from scale.people
cross join generate_series(1, 3) k
where d in (0, 5);

insert into public.team_invites (
  id, account_owner_id, email, token_hash, created_at, expires_at, accepted_at, accepted_by_user_id, withdrawn_at
)
select
  md5('invite' || n)::uuid, first_id, email, sha256(('invite' || n)::bytea), at, at + interval '7 days',
  case when is_member then at end, case when is_member then id end,
  case when not is_member and d = 4 then at + interval '1 hour' end
from scale.people
cross join lateral (
  select case when not is_member and d = 5 then now() - interval '1 day' else created_at end as at
) t
where is_member or b % 2 = 0 and d in (4, 5);

insert into public.team_invites (id, account_owner_id, email, token_hash, expires_at)
select gen_random_uuid(), owner, verified_email, sha256(token::bytea), now() + interval '1 day' from scale.invited
union all
select md5('open' || n)::uuid, id, 'open@example.com', sha256(id::bytea), now() + interval '1 day' from scale.loners;

insert into app.login_events (webhook_id, user_id, logged_in_at)
select 'msg_' || md5('login' || n), id, now() - pg_temp.drawn(n, 6 * 86400) * interval '1 second'
from scale.people
where n % 3 = 0;

insert into app.audit_entries (actor, action, target, request_id, created_at)
select
  pg_temp.user_id(n / 4 % 10 * greatest(users / 10, 10) + 5),
  (array['users.update', 'users.assign', 'credits.adjustment', 'users.update', 'users.unassign'])[1 + n % 5],
  id, md5('request' || n), created_at
from scale.people
where n % 4 = 1
order by n;

insert into app.audit_details (id, before, after)
select id, '{"name": null}', '{"name": "User"}' from app.audit_entries;

-- What was told of the last week, and published.
insert into app.outbox (type, subject, data, occurred_at, seq, published_at, attempts)
select
  (array['user.created', 'user.seated', 'user.reactivated'])[turn], 'user:' || id, jsonb_build_object('user_id', id),
  now() - pg_temp.drawn(n, 6 * 86400) * interval '1 second', turn, now(), 1
from scale.people
cross join generate_series(1, 3) turn
where n % 3 = 0
order by n, turn;
insert into app.outbox_subjects (subject, last_seq, published_seq)
select 'user:' || id, 3, 3 from scale.people where n % 3 = 0;
