-- What is not as it should be after a take-over, told from the rows before and after alone.

-- 32 bytes that are written in any way.
create or replace function before.bytes(p_text text) returns bytea
language sql
stable
as $$
  select case
    when p_text ~* '^(\\x)?[0-9a-f]{64}$' then decode(right(p_text, 64), 'hex')
    when p_text ~ '^[A-Za-z0-9+/]{43}=$' then decode(p_text, 'base64')
  end
$$;

-- The hash of what stands in an invite's link; null where there is no link.
create or replace function before.link(p_row jsonb) returns bytea
language sql
stable
as $$
  select case
    when p_row ->> 'token' ~ '^\\x' then before.bytes(p_row ->> case when p_row ? 'token_hash' then 'token_hash' else 'token' end)
    when p_row ->> 'token' ~* '^[0-9a-f]{64}$' and before.choice('invite-tokens') = 'hashed' then before.bytes(p_row ->> 'token')
    when p_row ->> 'token' <> '' then sha256(convert_to(p_row ->> 'token', 'UTF8'))
    else before.bytes(p_row ->> 'token_hash')
  end
$$;

-- What is known of an open invite, and of one that has ended.
create or replace view before.invites as
select
  before.link(o.row) as hash, u.payer, p.status as payer_status,
  lower(btrim(o.row ->> 'email', E' \t\r\n')) as email, o.told,
  coalesce(o.row ->> 'accepted_at', o.row ->> 'accepted_by_user_id', o.row ->> 'withdrawn_at') is null as is_open,
  before.moment(o.row ->> 'expires_at') as expires_at,
  count(*) over (partition by before.link(o.row)) as copies
from before.old o
join before.users u on u.id = o.row ->> 'account_owner_id'
left join public.users p on p.id = u.payer
where o.table_name = 'team_invites' and before.link(o.row) is not null;

create or replace view before.links as
select i.token_hash, i.id as invite_id from public.team_invites i
union all
select l.token_hash, l.invite_id from app.invite_links l;

create or replace view before.invitations as
select 'an open link is dead' as kind, i.told::text as detail
from before.invites i
where i.is_open and i.expires_at > now() and i.payer_status <> 'deleted'
  and i.email ~ '^[^@ ]+@[^@ ]+$' and char_length(i.email) <= 320
  and not exists (
    select from before.links l
    join public.team_invites n on n.id = l.invite_id
    where l.token_hash = i.hash and n.accepted_at is null and n.withdrawn_at is null and n.expires_at > now()
      and (i.copies > 1 or lower(n.email) = i.email and n.account_owner_id = i.payer)
  )
union all
select 'a dead link is open', i.told::text
from before.invites i
join before.links l on l.token_hash = i.hash
join public.team_invites n on n.id = l.invite_id
where i.copies = 1 and (not i.is_open or i.expires_at <= now())
  and n.accepted_at is null and n.withdrawn_at is null and n.expires_at > now();

-- A row that had no id may have got one before it was archived.
create or replace view before.archive as
select t.*, t.before - before.secrets() as told from app.taken_over t;

create or replace view before.findings as
select 'a changed row is not archived' as kind, o.table_name || ': ' || o.told as detail
from before.old o
where not exists (select from before.kept k where k.n = o.n)
  and not exists (
    select from before.archive t where t.table_name = o.table_name and t.told - o.added = o.told
  )
union all
select 'an archived row never was', format('%s: %s', t.table_name, t.before)
from before.archive t
where t.before <> '{}'
  and not exists (
    select from before.old o
    where o.table_name = t.table_name
      -- Of an id that changes, the id alone is kept.
      and (o.told = t.told - o.added or t.why like 'the id was%' and o.told @> t.told)
  )
union all
select 'an archived row has no reason', t.table_name from app.taken_over t where coalesce(btrim(t.why), '') = ''
union all
select 'a column is lost', format('%s.%s', c.table_name, c.name)
from before.columns c
where c.taken = 'old' and c.name <> 'token'
  and not exists (
    select from before.columns n where n.taken = 'new' and n.table_name = c.table_name and n.name = c.name
  )
union all
select * from before.people
union all
select * from before.invitations
union all
select * from before.chosen
union all
select * from before.accounts
union all
select * from before.days
union all
select 'a secret in plain text', c.oid::regclass::text
from pg_class c
where c.relkind in ('r', 'm') and c.relnamespace in ('public'::regnamespace, 'app'::regnamespace)
  and (xpath('//held/text()', query_to_xml(
    format('select count(*) as held from %s t where before.holds_secret(t::text)', c.oid::regclass), false, false, ''
  )))[1]::text <> '0'
union all
select 'an invariant', format('%s %s: %s', v.kind, v.id, v.detail) from app.invariant_violations v;

-- Each key that should be there: where, what it was, what it is now.
create or replace function before.keys(p_column text) returns setof text
language sql
stable
as $$
  select jsonb_build_object('id', a.row ->> 'id', 'plain', o.plain, 'sealed', a.row ->> split_part(p_column, '.', 2))::text
  from (
    select *, row ->> split_part(p_column, '.', 2) as plain, count(*) over (partition by table_name, id) as copies from before.old
  ) o
  join before.rows a on a.taken = 'new' and a.table_name = o.table_name and a.row ->> 'id' in (o.id, o.given_id)
  where o.table_name = split_part(p_column, '.', 1) and o.plain <> '' and o.copies = 1
    and (o.table_name <> 'clusters' or a.row ->> 'status' <> 'deleted')
$$;
