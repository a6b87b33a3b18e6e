-- Invitations. Whoever holds an open link can go on using it.

-- The hash of the token: of its text, or given as it is.
create temp table given_invites on commit drop as
select
  *,
  case
    when token ~ '^[0-9A-Fa-f]{64}$' and pg_temp.choice('invite_tokens') = 'hashed' then pg_temp.read_hash(token)
    when token <> '' then sha256(convert_to(token, 'UTF8'))
    else token_hash
  end as hash
from old_team_invites;
analyze given_invites;

create temp table new_invites on commit drop as
select
  i.place,
  case when i.copy = 1 then i.id else gen_random_uuid() end as id,
  coalesce(o.account_owner_id, o.id) as account_owner_id,
  pg_temp.trimmed(i.email) as email,
  -- Without a token nobody can follow the link.
  case when i.hash is not null and i.hash_copy = 1 then i.hash else sha256(uuid_send(gen_random_uuid())) end as token_hash,
  i.hash is not null and i.hash_copy = 1 as has_link,
  coalesce(i.expires_at, now() + interval '30 days') as expires_at,
  coalesce(i.accepted_at, case when i.accepted_by_user_id is not null then coalesce(i.created_at, now()) end) as accepted_at,
  by.id as accepted_by_user_id,
  coalesce(i.created_at, now()) as created_at,
  case when i.accepted_at is null and i.accepted_by_user_id is null then i.withdrawn_at end as withdrawn_at,
  o.status as owner_status
from (
  select
    *,
    case when id is not null then row_number() over (partition by id order by created_at, place) end as copy,
    row_number() over (partition by id, account_owner_id, email, hash order by created_at, place) as same,
    -- The link is that of an invite that can be followed, if there is one.
    row_number() over (
      partition by hash
      order by
        accepted_at is not null or accepted_by_user_id is not null or withdrawn_at is not null,
        (
          pg_temp.is_address(pg_temp.trimmed(email))
          and account_owner_id in (select u.id from new_users u where u.status <> 'deleted')
        ) is not true,
        expires_at desc nulls first,
        place
    ) as hash_copy
  from given_invites
  -- A row of nobody takes the id from none.
  where account_owner_id in (select u.id from new_users u)
) i
join new_users o on o.id = i.account_owner_id
left join new_users b on b.id = i.accepted_by_user_id
-- Who accepted is found by the address where the row does not say it.
left join lateral (
  select coalesce(b.id, (
    select min(m.id)
    from new_users m
    where i.accepted_at is not null and m.account_owner_id = coalesce(o.account_owner_id, o.id)
      and lower(m.email collate "C") = lower(i.email collate "C")
  )) as id
) by on true
where i.same = 1 or i.id is null;
create index on new_invites (place);
analyze new_invites;

-- An acceptance by nobody, and an address that is none, cannot be kept.
with removed as (
  delete from new_invites
  where (accepted_at is not null and accepted_by_user_id is null)
    or pg_temp.is_address(email) is not true
  returning place, id, accepted_at is not null and accepted_by_user_id is null as is_acceptance
)
insert into troubles
select 'team_invites', place, id::text, case when is_acceptance then 'invites.accepted_by_nobody' else 'invites.address_unusable' end
from removed;
insert into troubles
select 'team_invites', i.place, i.id::text,
  case when o.id is null then 'invites.account_unknown' else 'invites.row_twice' end
from old_team_invites i
left join new_users o on o.id = i.account_owner_id
where not exists (select from new_invites n where n.place = i.place)
  and not exists (select from troubles t where t.table_name = 'team_invites' and t.place = i.place);

update new_invites set created_at = expires_at - interval '7 days' where created_at >= expires_at;
update new_invites
set withdrawn_at = now()
where owner_status = 'deleted' and accepted_at is null and withdrawn_at is null;

-- Several open ones for one address: the one that lasts longest stays, and the links of the others lead to it.
create temp table new_links on commit drop as
select place, id, token_hash, has_link, expires_at, first_value(id) over alike as invite_id
from new_invites
where accepted_at is null and withdrawn_at is null
window alike as (partition by account_owner_id, lower(email collate "default") order by expires_at desc, created_at desc, id);
delete from new_links where id = invite_id;
delete from new_invites n using new_links l where l.place = n.place;
insert into troubles select 'team_invites', place, id::text, 'invites.open_twice', null from new_links;
-- An expired link does not begin to work again.
delete from new_links where not has_link or expires_at <= now();

insert into troubles
select 'team_invites', i.place, n.id::text, t.kind
from given_invites i
join new_invites n on n.place = i.place
cross join lateral (values
  ('invites.token_plain', i.token <> ''),
  ('invites.token_like_a_hash', i.token ~ '^[0-9A-Fa-f]{64}$'),
  ('invites.hash_kept', coalesce(i.token, '') = '' and i.hash is not null),
  ('invites.id_null', i.id is null),
  ('invites.id_twice', i.id <> n.id),
  ('invites.token_missing', i.hash is null),
  ('invites.token_twice', i.hash is not null and not n.has_link),
  ('invites.account_of_a_member', i.account_owner_id is distinct from n.account_owner_id),
  ('invites.address_trimmed', i.email is distinct from n.email),
  ('invites.expiry_null', i.expires_at is null),
  ('invites.created_after_expiry', i.created_at is distinct from n.created_at),
  ('invites.acceptance_mended', (i.accepted_at, i.accepted_by_user_id) is distinct from (n.accepted_at, n.accepted_by_user_id)
    or (i.withdrawn_at is not null and n.withdrawn_at is null)),
  ('invites.account_deleted', i.withdrawn_at is null and n.withdrawn_at is not null)
) t (kind, is_one)
where t.is_one;

insert into effects
select
  case
    when i.accepted_at is not null or i.accepted_by_user_id is not null then 'invites accepted'
    when i.withdrawn_at is null and coalesce(i.expires_at, 'infinity') > now() then 'invites open'
    else 'invites ended'
  end,
  'all', -count(*), t.kind
from troubles t
join old_team_invites i on i.place = t.place
where t.kind in (
  'invites.account_unknown', 'invites.row_twice', 'invites.accepted_by_nobody', 'invites.address_unusable', 'invites.open_twice',
  'invites.account_deleted'
)
group by 1, t.kind;
insert into effects
select 'invites ended', 'all', count(*), t.kind
from troubles t
join old_team_invites i on i.place = t.place
where t.kind = 'invites.account_deleted'
group by t.kind;

-- Open links that lead nowhere any more, each with one reason.
insert into effects
select 'links open', 'all', -count(*), g.kind
from (
  select i.hash, min(t.kind) as kind
  from given_invites i
  left join troubles t on t.place = i.place and t.table_name = 'team_invites' and t.kind in (
    'invites.account_unknown', 'invites.account_deleted', 'invites.address_unusable', 'invites.token_twice'
  )
  where i.hash is not null and i.accepted_at is null and i.accepted_by_user_id is null and i.withdrawn_at is null
    and coalesce(i.expires_at, 'infinity') > now()
  group by i.hash
) g
where g.kind is not null and g.hash not in (
  select n.token_hash from new_invites n where n.has_link and n.accepted_at is null and n.withdrawn_at is null and n.expires_at > now()
  union all
  select l.token_hash from new_links l
)
group by g.kind;

insert into effects
select 'keys of clusters', 'all', -count(*), t.kind
from troubles t
join old_hopsworks_clusters c on c.place = t.place
where t.kind = 'hopsworks_clusters.id_twice' and c.api_key <> ''
group by t.kind
union all
select 'keys of deployments', 'all', -count(*), t.kind
from troubles t
join old_clusters d on d.place = t.place
where t.kind in ('clusters.row_twice', 'clusters.user_unknown', 'clusters.ends_with_its_user', 'clusters.key_of_the_deleted')
  and d.hopsworks_api_key <> ''
group by t.kind;
delete from effects where amount = 0;
