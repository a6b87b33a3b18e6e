-- Makes a sound database of any size: `scale.users` users on `scale.clusters` clusters, and 25 readings for every
-- fifth of them, over fourteen months up to yesterday. Each user has the same around them, whatever the
-- size: so what costs more where there are more of them comes from the size.
--
-- It is written past the triggers, as what they would have made of it: seats are counted, instances follow them,
-- days are the sums of readings, and the ledger is computed from exact costs. `app.invariant_violations` must have
-- nothing to say about it.
--
-- `scale.people` says who is what, by number; views of it say whom the requests are about.

set session_replication_role = replica;
set work_mem = '256MB';
set maintenance_work_mem = '512MB';
set synchronous_commit = off;

-- Indexes that nothing refers to are made afterwards: all at once is several times faster.
create temp table scale_indexes as
select
  case
    when k.oid is null then format('drop index %s', i.indexrelid::regclass)
    else format('alter table %s drop constraint %I', i.indrelid::regclass, k.conname)
  end as removal,
  case
    when k.oid is null then pg_get_indexdef(i.indexrelid)
    else format('alter table %s add constraint %I %s', i.indrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
  end as making
from pg_index i
join pg_class c on c.oid = i.indrelid
left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u')
where c.relnamespace = 'public'::regnamespace
  and c.relkind = 'r'
  and not exists (select from pg_constraint f where f.conindid = i.indexrelid and f.contype = 'f');

do $$
declare
  v_removal text;
begin
  for v_removal in select removal from scale_indexes loop
    execute v_removal;
  end loop;
end
$$;

-- A number from 0 up that looks drawn, and is the same every time.
create function pg_temp.drawn(p_seed bigint, p_below integer) returns integer
language sql immutable
as $$ select (hashint8(p_seed)::bigint + 2147483648)::bigint % p_below $$;

-- Users in blocks of ten. Every other block begins with an owner of three members, one in a hundred is a team of
-- ten; the others have an account each. Members of every tenth block's team sit on a cluster that is full, and the
-- last of them waits.
create schema scale;
create table scale.people as
select
  n,
  own.id,
  first.id as first_id,
  b,
  is_member,
  case
    when n % 10 = 0 and b % 50 = 24 or is_member and b % 50 = 24 then 'suspended'
    when not is_member and n % 10 = 7 and b % 5 = 0 then 'suspended'
    when not is_member and n % 10 = 8 and b % 3 = 0 then 'deleted'
    else 'active'
  end as status,
  -- No seat, and no wish for one yet.
  not is_member and n % 10 = 6 and b % 20 = 3 as is_elsewhere,
  n % greatest(c.users / 10, 10) = 5 as is_admin,
  is_member and n % 10 = 3 and b % 10 = 4 and b % 50 <> 24 as waits,
  case
    when b % 10 = 4 then b / 10 % c.full_ones
    else c.full_ones + pg_temp.drawn(b, c.clusters - c.full_ones)
  end as cluster,
  c.started_at + (n + 1) * (c.ended_at - c.started_at) / (c.users + 1) as created_at
from (
  select
    current_setting('scale.users')::integer as users,
    current_setting('scale.clusters')::integer as clusters,
    greatest(current_setting('scale.clusters')::integer / 10, 1) as full_ones,
    app.now() - interval '425 days' as started_at,
    app.now() - interval '1 day' as ended_at
) c
cross join lateral generate_series(0, c.users - 1) n
cross join lateral (select n / 10 as b) block
cross join lateral (
  select n % 10 <> 0 and (b % 2 = 0 and n % 10 <= 3 or b % 100 = 1) as is_member
) team
cross join lateral (select 'auth0|' || substr(md5('user' || n), 1, 24) as id) own
cross join lateral (select 'auth0|' || substr(md5('user' || n - n % 10), 1, 24) as id) first;

alter table scale.people add primary key (n);
analyze scale.people;

-- Owners with a team.
create view scale.team_owners as
select n, id from scale.people where n % 10 = 0 and b % 2 = 0 and b % 10 <> 4 and status = 'active';

-- Owners without a team who have a seat.
create view scale.loners as
select n, id, 'u' || n || '@example.com' as email, 'User ' || n as name
from scale.people
where n % 10 in (5, 9) and not is_member and not is_admin and status = 'active';

create view scale.deployments as
select n, id as caller, md5('deployment' || n || '/1')::uuid as first, md5('deployment' || n || '/2')::uuid as second
from scale.people
where n % 10 in (0, 5) and status = 'active';

-- A reading of each user, about an hour of a past day.
create function scale.readings(p_user_ids text[], p_source uuid, p_days_ago integer) returns jsonb
language sql
as $$
  select
    jsonb_agg(
      jsonb_build_object(
        'source', p_source,
        'user_id', id,
        'window_start', to_char(now() - p_days_ago * interval '1 day', 'YYYY-MM-DD"T20:00:00Z"'),
        'window_end', to_char(now() - p_days_ago * interval '1 day', 'YYYY-MM-DD"T21:00:00Z"'),
        'cpu_hours', '0.75',
        'gpu_hours', '0',
        'storage_gb', '12.5'
      )
    )
  from unnest(p_user_ids) id
$$;

insert into public.users (
  id, email, email_verified, name, is_admin, status, suspended_with_owner, account_owner_id, waiting_since, waiting_cluster_id,
  login_count, last_login_at, profile_at, metadata, created_at, updated_at, deleted_at
)
select
  id,
  'u' || n || '@example.com',
  true,
  'User ' || n,
  is_admin,
  status,
  is_member and status = 'suspended',
  case when is_member then first_id end,
  case when waits then created_at end,
  case when waits then md5('cluster' || cluster)::uuid end,
  1 + pg_temp.drawn(n, 90),
  app.now() - pg_temp.drawn(n, 30) * interval '1 day',
  created_at,
  jsonb_build_object(
    'plan', case when n % 4 = 0 then 'pro' else 'free' end,
    'tags', jsonb_build_array(case when n % 200 = 2 then 'beta' else 't' || n % 50 end)
  ),
  created_at,
  created_at,
  case when status = 'deleted' then app.now() - interval '2 days' end
from scale.people
order by n;

-- Members signed up by themselves and joined a week later; one in a hundred has left again.
insert into public.account_memberships (user_id, effective_on, account_owner_id)
select id, '-infinity'::date, id from scale.people
union all
select id, (created_at at time zone 'UTC')::date + 7, first_id from scale.people where is_member
union all
select id, (created_at at time zone 'UTC')::date + 7, first_id from scale.people where not is_member and n % 100 = 29
union all
select id, (created_at at time zone 'UTC')::date + 60, id from scale.people where not is_member and n % 100 = 29;

-- Seats, counted, and what follows from them.
insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id, assigned_at, user_created_at)
select id, md5('cluster' || cluster)::uuid, created_at, created_at
from scale.people
where status <> 'deleted' and not is_elsewhere and not waits;

insert into public.hopsworks_clusters (id, name, api_url, max_users, current_users, status, metadata, created_at)
select
  md5('cluster' || i)::uuid,
  'cluster-' || i,
  'https://cluster-' || i || '.example.com',
  case when i < f.full_ones then coalesce(taken, 0) else 2 * coalesce(taken, 0) + 500 end,
  coalesce(taken, 0),
  case when i < f.full_ones then 'full' when i % 20 = 19 then 'maintenance' else 'active' end,
  jsonb_build_object('region', 'r' || i % 5),
  app.now() - interval '425 days' + i * interval '1 hour'
from (select greatest(current_setting('scale.clusters')::integer / 10, 1) as full_ones) f
cross join generate_series(0, current_setting('scale.clusters')::integer - 1) i
left join lateral (
  select s.taken
  from (select hopsworks_cluster_id, count(*)::integer as taken from public.user_hopsworks_assignments group by 1) s
  where s.hopsworks_cluster_id = md5('cluster' || i)::uuid
) counted on true;

insert into public.instances (user_id, instance_name, hopsworks_url, status, created_at, activated_at, deleted_at)
select
  u.id,
  app.instance_name(u.id),
  case when u.status <> 'deleted' and not u.is_elsewhere and not u.waits then 'https://cluster-' || u.cluster || '.example.com' end,
  case
    when u.status = 'deleted' then 'deleted'
    when u.status = 'suspended' or u.is_elsewhere then 'stopped'
    when u.waits then 'provisioning'
    else 'active'
  end,
  u.created_at,
  case when not u.waits then u.created_at end,
  case when u.status = 'deleted' then app.now() - interval '2 days' end
from scale.people u
order by u.n;

-- What else there is around a user: deployments, invites, logins of the last week, and what administrators did.
insert into public.clusters (id, user_id, deployment_type, zone, status, created_at, deleted_at)
select md5('deployment' || n || '/' || k)::uuid, id, 'aws', 'eu-north-1', case k when 3 then 'deleted' else 'active' end,
  created_at + k * interval '1 day', case k when 3 then app.now() end
from scale.people
cross join generate_series(1, 3) k
where n % 10 in (0, 5);

insert into public.team_invites (
  id, account_owner_id, email, token_hash, created_at, expires_at, accepted_at, accepted_by_user_id, withdrawn_at
)
select
  md5('invite' || n)::uuid, first_id, 'u' || n || '@example.com', sha256(convert_to('invite' || n, 'UTF8')), t.at,
  t.at + interval '7 days', case when is_member then t.at end, case when is_member then id end,
  case when not is_member and n % 10 = 4 then t.at + interval '1 hour' end
from scale.people
cross join lateral (
  select case when not is_member and n % 10 = 5 then app.now() - interval '1 day' else created_at end as at
) t
where is_member or b % 2 = 0 and n % 10 in (4, 5);

insert into public.login_events (webhook_id, user_id, logged_in_at, received_at)
select 'msg_' || md5('login' || n), id, at, at
from scale.people
cross join lateral (select app.now() - pg_temp.drawn(n, 6 * 86400) * interval '1 second' as at) t
where n % 3 = 0;

insert into public.audit_log (actor, action, target, before, after, request_id, created_at)
select
  'auth0|' || substr(md5('user' || (n / 4 % 10 * greatest(current_setting('scale.users')::integer / 10, 10) + 5)), 1, 24),
  (array['users.update', 'users.assign', 'credits.adjustment', 'users.update', 'users.unassign'])[1 + n % 5],
  id, '{"name": null}', '{"name": "User"}', md5('request' || n), created_at
from scale.people
where n % 4 = 1
order by n;
