-- Invitations. Whoever holds an open link can go on using it.

create temp table new_invites on commit drop as
select
  i.place,
  coalesce(i.id, gen_random_uuid()) as id,
  coalesce(o.account_owner_id, o.id) as account_owner_id,
  nullif(btrim(i.email, E' \t\r\n'), '') as email,
  -- Without a token nobody can follow the link.
  case when i.token <> '' and i.token_copy = 1 then sha256(convert_to(i.token, 'UTF8')) else sha256(uuid_send(gen_random_uuid())) end as token_hash,
  coalesce(i.token <> '' and i.token_copy = 1, false) as has_link,
  coalesce(i.expires_at, now() + interval '30 days') as expires_at,
  coalesce(i.accepted_at, case when i.accepted_by_user_id is not null then coalesce(i.created_at, now()) end) as accepted_at,
  by.id as accepted_by_user_id,
  coalesce(i.created_at, now()) as created_at,
  case when i.accepted_at is null and i.accepted_by_user_id is null then i.withdrawn_at end as withdrawn_at,
  o.status as owner_status
from (
  select
    *,
    row_number() over (partition by id order by created_at, place) as copy,
    -- The link is that of an invite that can be followed, if there is one.
    row_number() over (
      partition by token
      order by
        accepted_at is not null or accepted_by_user_id is not null or withdrawn_at is not null,
        (
          btrim(email, E' \t\r\n') ~ '^[^@ ]+@[^@ ]+$' and char_length(email) <= 320
          and account_owner_id in (select u.id from new_users u where u.status <> 'deleted')
        ) is not true,
        expires_at desc nulls first,
        place
    ) as token_copy
  from old_team_invites
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
where i.copy = 1 or i.id is null;
create index on new_invites (place);
analyze new_invites;

-- An acceptance by nobody, and an address that is none, cannot be kept.
with removed as (
  delete from new_invites
  where (accepted_at is not null and accepted_by_user_id is null)
    or email is null or email !~ '^[^@ ]+@[^@ ]+$' or char_length(email) > 320
  returning place, id, accepted_at is not null and accepted_by_user_id is null as is_acceptance
)
insert into troubles
select 'team_invites', place, id::text, case when is_acceptance then 'invites.accepted_by_nobody' else 'invites.address_unusable' end
from removed;
insert into troubles
select 'team_invites', i.place, i.id::text,
  case when o.id is null then 'invites.account_unknown' else 'invites.id_twice' end
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
from old_team_invites i
join new_invites n on n.place = i.place
cross join lateral (values
  ('invites.token_plain', i.token <> ''),
  ('invites.id_null', i.id is null),
  ('invites.token_missing', coalesce(i.token, '') = ''),
  ('invites.token_twice', i.token <> '' and not n.has_link),
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
  'invites.account_unknown', 'invites.id_twice', 'invites.accepted_by_nobody', 'invites.address_unusable', 'invites.open_twice',
  'invites.account_deleted'
)
group by 1, t.kind;
insert into effects
select 'invites ended', 'all', count(*), t.kind
from troubles t
join old_team_invites i on i.place = t.place
where t.kind = 'invites.account_deleted'
group by t.kind;

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
where t.kind in ('clusters.id_twice', 'clusters.user_unknown', 'clusters.ends_with_its_user', 'clusters.key_of_the_deleted')
  and d.hopsworks_api_key <> ''
group by t.kind;
delete from effects where amount = 0;
