-- Who the users are, and who pays for whom.

-- One row for each id, with what can be judged from the row alone.
create temp table new_users on commit drop as
select
  u.place,
  u.id,
  case when pg_temp.is_address(pg_temp.trimmed(u.email)) then pg_temp.trimmed(u.email) end as email,
  coalesce(u.email_verified, false) as email_verified,
  left(nullif(u.name, ''), 300) as name,
  coalesce(u.is_admin, false) as is_admin,
  case
    when u.status is null and u.deleted_at is not null then 'deleted'
    when u.status is null then 'active'
    when u.status in ('active', 'suspended', 'deleted') then u.status
    else coalesce(
      pg_temp.known_status(u.status, array['active', 'suspended', 'deleted'], pg_temp.choice('user_status')::jsonb),
      'suspended'
    )
  end as status,
  false as suspended_with_owner,
  nullif(u.account_owner_id, '') as account_owner_id,
  null::timestamptz as waiting_since,
  greatest(least(coalesce(u.login_count, 0), 2147483647), 0)::integer as login_count,
  u.last_login_at,
  case when jsonb_typeof(u.metadata) = 'object' then u.metadata else '{}' end as metadata,
  coalesce(u.created_at, least(u.updated_at, u.last_login_at), now()) as created_at,
  coalesce(u.updated_at, u.created_at, now()) as updated_at,
  u.deleted_at,
  u.status as given_status,
  u.account_owner_id as given_owner_id
from (
  select *, row_number() over (partition by id order by last_login_at desc nulls last, created_at, place) as copy
  from old_users
  where pg_temp.is_subject(id)
) u
where u.copy = 1;
create unique index on new_users (id);
analyze new_users;

insert into troubles
select 'users', u.place, u.id, case when pg_temp.is_subject(u.id) then 'users.id_twice' else 'users.id_unusable' end
from old_users u
where not exists (select from new_users n where n.place = u.place);

insert into troubles
select 'users', u.place, u.id, t.kind, t.note
from old_users u
cross join lateral (values
  ('users.flag_null', u.is_admin is null, null),
  ('users.email_verified_null', u.email_verified is null, null),
  ('users.status_null', u.status is null, null),
  ('users.metadata_unusable', jsonb_typeof(u.metadata) is distinct from 'object', null),
  ('users.counter_unusable', u.login_count is null or u.login_count not between 0 and 2147483647, null),
  ('users.time_null', u.created_at is null or u.updated_at is null, null),
  ('users.name_unusable', u.name = '' or char_length(u.name) > 300, null)
) t (kind, is_one, note)
where t.is_one and exists (select from new_users n where n.place = u.place);

insert into troubles
select
  'users', n.place, n.id,
  case when lower(btrim(n.given_status)) = n.status then 'users.status_spelt' else 'users.status_unknown' end,
  n.given_status
from new_users n
where n.given_status <> n.status;

with mended as (
  update new_users set deleted_at = updated_at where status = 'deleted' and deleted_at is null returning place, id
)
insert into troubles select 'users', place, id, 'users.deleted_at_null' from mended;
with mended as (
  update new_users set deleted_at = null where status <> 'deleted' and deleted_at is not null returning place, id
)
insert into troubles select 'users', place, id, 'users.deleted_at_of_the_living' from mended;

-- Addresses. One that is held by several belongs to one of them, and the others go without until they verify it.
insert into troubles
select 'users', u.place, u.id, 'users.address_unusable'
from old_users u
join new_users n on n.place = u.place
where u.email is distinct from n.email;

with ranked as (
  select
    n.id,
    row_number() over (
      partition by lower(n.email collate "C")
      order by
        case when pg_temp.choice('same_address') = 'oldest' then null else n.email_verified end desc nulls last,
        case when pg_temp.choice('same_address') = 'oldest' then null else n.last_login_at end desc nulls last,
        n.created_at,
        n.id
    ) as rank
  from new_users n
  where n.email is not null and n.status <> 'deleted'
),
mended as (
  update new_users n set email = null, email_verified = false
  from ranked r
  where r.id = n.id and r.rank > 1
  returning n.place, n.id
)
insert into troubles select 'users', place, id, 'users.address_shared' from mended;
with mended as (
  update new_users set email_verified = false where email is null and email_verified returning place, id
)
insert into troubles select 'users', place, id, 'users.verified_without_address' from mended;

-- Owners. First what nobody can belong to.
insert into troubles select 'users', place, id, 'users.owner_blank' from new_users where given_owner_id = '';

with mended as (
  update new_users n
  set account_owner_id = null
  from new_users m
  left join new_users o on o.id = m.account_owner_id
  where m.id = n.id
    and n.account_owner_id is not null
    and (o.id is null or o.id = m.id or o.status = 'deleted' or m.status = 'deleted')
  returning
    n.place, n.id, m.account_owner_id as given,
    case
      when o.id = m.id then 'users.owner_is_the_user'
      when o.id is null then 'users.owner_unknown'
      when m.status = 'deleted' then 'users.deleted_member'
      else 'users.owner_deleted'
    end as kind
)
insert into troubles select 'users', place, id, kind, given from mended;

-- Then circles: members of members who come back to themselves.
with recursive chained as (
  select m.id, m.account_owner_id as above
  from new_users m
  join new_users o on o.id = m.account_owner_id and o.account_owner_id is not null
  union
  select c.id, o.account_owner_id
  from chained c
  join new_users o on o.id = c.above and o.account_owner_id is not null
),
mended as (
  update new_users n set account_owner_id = null
  from chained c
  where c.id = n.id and c.above = n.id
  returning n.place, n.id, n.given_owner_id
)
insert into troubles select 'users', place, id, 'users.owners_in_a_circle', given_owner_id from mended;

-- Then members of members: the account at the top of the chain pays, or each for themselves.
with recursive chained as (
  select m.id, o.account_owner_id as above
  from new_users m
  join new_users o on o.id = m.account_owner_id and o.account_owner_id is not null
  union
  select c.id, o.account_owner_id
  from chained c
  join new_users o on o.id = c.above and o.account_owner_id is not null
),
mended as (
  update new_users n
  set account_owner_id = case when pg_temp.choice('members_of_members') = 'alone' then null else o.id end
  from chained c
  join new_users o on o.id = c.above and o.account_owner_id is null
  where c.id = n.id
  returning n.place, n.id, n.given_owner_id
)
insert into troubles select 'users', place, id, 'users.member_of_a_member', given_owner_id from mended;

with mended as (
  update new_users n
  set status = 'suspended', suspended_with_owner = true
  from new_users o
  where o.id = n.account_owner_id and o.status = 'suspended' and n.status = 'active'
    and pg_temp.choice('suspended_teams') is distinct from 'leave'
  returning n.place, n.id, n.account_owner_id
)
insert into troubles select 'users', place, id, 'users.member_of_a_suspended_owner', account_owner_id from mended;

create index on new_users (account_owner_id) where account_owner_id is not null;
analyze new_users;

insert into effects
select 'users', 'all', -count(*), t.kind from troubles t where t.kind in ('users.id_twice', 'users.id_unusable') group by t.kind;
-- Who was an owner is one who named none.
insert into effects
select 'account owners', 'all', count(*), t.kind
from troubles t
where t.kind in (
  'users.owner_is_the_user', 'users.owner_unknown', 'users.deleted_member', 'users.owner_deleted', 'users.owners_in_a_circle'
) or (t.kind = 'users.member_of_a_member' and pg_temp.choice('members_of_members') = 'alone')
group by t.kind
union all
select 'account owners', 'all', -count(*), t.kind
from troubles t
join old_users u on u.place = t.place
where t.kind in ('users.id_twice', 'users.id_unusable') and nullif(u.account_owner_id, '') is null
group by t.kind;
insert into effects
select 'members', 'all', -sum(e.amount), e.kind
from effects e
where e.line = 'account owners' and e.kind not in ('users.id_twice', 'users.id_unusable')
group by e.kind
union all
select 'members', 'all', -count(*), t.kind
from troubles t
join old_users u on u.place = t.place
where t.kind in ('users.id_twice', 'users.id_unusable') and nullif(u.account_owner_id, '') is not null
group by t.kind;
