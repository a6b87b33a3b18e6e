-- The rows before, and what became of people and their places.

create or replace view before.old as
select
  r.table_name, r.n, r.row, r.row - before.secrets() as told, r.row ->> 'id' as given_id,
  before.id(r.table_name, r.row ->> 'id') as id, r.row ->> 'user_id' as user_id,
  case when r.row ? 'id' then '' else 'id' end as added
from before.rows r
where r.taken = 'old';

-- Whether a row of the same id, or any if it had none, has every old value.
create or replace view before.kept as
select o.table_name, o.n
from before.old o
where exists (
  select from before.rows a
  where a.taken = 'new' and a.table_name = o.table_name
    and (o.given_id is null or a.row ->> 'id' in (o.given_id, o.id))
    and (
      select bool_and(before.same(o.row -> c.name, a.row -> c.name, c.type, o.table_name, c.name))
      from before.columns c
      where c.taken = 'new' and c.table_name = o.table_name and o.told ? c.name
        and not (c.name = 'id' and o.given_id is null)
        -- Columns of ours that were empty.
        and not (c.name in ('charged_usd', 'waiting_since') and o.row -> c.name = 'null')
        -- What we compute under this name stands beside it.
        and not a.row ? (c.name || '_web_app')
    )
);

-- Whoever has an id that a user can have.
create or replace view before.users as
select distinct o.given_id as id, n.id is not null as is_there, coalesce(n.account_owner_id, n.id) as payer, n.status
from before.old o
left join public.users n on n.id = o.given_id
where o.table_name = 'users' and o.given_id ~ '^[^\u0001-\u001f\u007f-\u009f]{1,255}$';

-- The account at the top of a chain of owners, or whom a member of a member becomes; null where the chain does not say it.
create or replace function before.root(p_id text) returns text
language plpgsql
stable
as $$
declare
  v_id text := p_id;
  v_copies bigint;
  v_above text;
begin
  for v_step in 1 .. 50 loop
    select count(*), min(nullif(o.row ->> 'account_owner_id', '')) into v_copies, v_above
    from before.old o
    where o.table_name = 'users' and o.given_id = v_id;
    if v_copies <> 1 or exists (select from public.users n where n.id = v_id and n.status = 'deleted') then
      return null;
    elsif v_above is null then
      return case when v_step > 2 and before.choice('members-of-members') = 'alone' then p_id else v_id end;
    end if;
    v_id := v_above;
  end loop;
  return null;
end
$$;

-- Seats that say who sits where.
create or replace view before.seats as
select distinct o.user_id, c.id as cluster_id, u.payer
from before.old o
join before.users u on u.id = o.user_id and u.status <> 'deleted'
join before.old c on c.table_name = 'hopsworks_clusters' and c.given_id = o.row ->> 'hopsworks_cluster_id'
where o.table_name = 'user_hopsworks_assignments';

create or replace view before.people as
select 'a user is lost' as kind, u.id as detail from before.users u where not u.is_there
union all
select 'another account pays', format('for %s: %s instead of %s', u.id, u.payer, before.root(u.id))
from before.users u
where before.root(u.id) <> u.payer
union all
select 'a seat is lost', s.user_id
from before.seats s
where before.choice('over-capacity') is null
  and not exists (select from public.user_hopsworks_assignments a where a.user_id = s.user_id)
union all
select 'an owner was moved', a.user_id
from public.user_hopsworks_assignments a
where before.choice('over-capacity') is null
  and exists (select from before.seats s where s.user_id = a.user_id and s.payer = s.user_id)
  and not exists (select from before.seats s where s.user_id = a.user_id and s.cluster_id = a.hopsworks_cluster_id::text)
union all
select 'a seat from nowhere', a.user_id
from public.user_hopsworks_assignments a
where not exists (select from before.seats s where a.user_id in (s.user_id, s.payer))
union all
select 'a cluster has no room', c.name
from public.hopsworks_clusters c
where c.current_users > c.max_users
  or c.current_users <> (select count(*) from public.user_hopsworks_assignments a where a.hopsworks_cluster_id = c.id)
union all
select 'a cluster has shrunk', c.name
from before.old o
join public.hopsworks_clusters c on c.id::text = o.id
where o.table_name = 'hopsworks_clusters' and before.number(o.row ->> 'max_users') between c.max_users + 1 and 2147483647
  and (select count(*) from before.old b where b.table_name = o.table_name and b.id = o.id) = 1
union all
select 'a cluster or a deployment is lost', o.told::text
from before.old o
where (o.table_name = 'hopsworks_clusters' or o.table_name = 'clusters' and o.user_id in (select u.id from before.users u))
  and o.id is not null
  and not exists (
    select from before.rows a where a.taken = 'new' and a.table_name = o.table_name and a.row ->> 'id' in (o.id, o.given_id)
  )
union all
select 'an instance is lost', o.user_id
from before.old o
join before.users u on u.id = o.user_id
where o.table_name = 'instances' and not exists (select from public.instances i where i.user_id = o.user_id);
