-- Which tables stand where ours are to stand, and whether they are what ours are. ASIDE are the tables that the operator
-- says mean something else. Only reads.

create temp table notes (kind text, subject text, done text, blocks boolean) on commit drop;

create temp table theirs_tables on commit drop as
select
  c.oid as id, k.name, c.relkind as kind, k.keys,
  k.name = any (ASIDE) as is_aside
from (
  values
    ('users', '{id}'::text[]), ('user_credits', '{user_id}'), ('hopsworks_clusters', '{name}'),
    ('user_hopsworks_assignments', '{user_id, hopsworks_cluster_id}'), ('clusters', '{user_id}'), ('instances', '{user_id}'),
    ('usage_daily', '{user_id, date}'), ('team_invites', '{account_owner_id, email}')
) as k (name, keys)
join pg_class c on c.relname = k.name and c.relnamespace = to_regnamespace('public');

insert into notes
select 'table', format('public.%I', t.name), format('is renamed to %I; ours is made empty', left(t.name, 55) || '_web_app'), false
from theirs_tables t
where t.is_aside
union all
select 'table', format('public.%I', t.name), format(
    'is a%s and not a plain table: rename it, or choose --aside %s, which does it',
    case t.kind
      when 'v' then ' view' when 'm' then ' materialized view' when 'f' then ' foreign table' when 'p' then ' partitioned table'
      when 'i' then 'n index' when 'S' then ' sequence' when 'c' then ' type'
    end,
    t.name
  ), true
from theirs_tables t
where t.kind <> 'r' and not t.is_aside
union all
select 'table', format('public.%I', t.name), format(
    'has no column %s, so it means something else: rename it, or choose --aside %s, which does it', string_agg(k, ', '), t.name
  ), true
from theirs_tables t, unnest(t.keys) k
where t.kind = 'r' and not t.is_aside
  and not exists (select from pg_attribute a where a.attrelid = t.id and a.attname = k and not a.attisdropped)
group by t.name
union all
select 'table', format('public.%I', t.name),
  'inherits from another table, or others from it: end that (alter table … no inherit), or choose --aside ' || t.name, true
from theirs_tables t
where t.kind = 'r' and not t.is_aside and exists (select from pg_inherits i where t.id in (i.inhrelid, i.inhparent))
union all
select 'table', format('public.%I', t.name),
  format('is a table of a type, whose columns cannot change: alter table %I not of, or choose --aside %1$s', t.name), true
from theirs_tables t
join pg_class c on c.oid = t.id and c.reloftype <> 0
where not t.is_aside
union all
-- A row that its owner cannot read would be lost.
select 'table', format('public.%I', t.name),
  format('shows its owner only the rows that policies let through: alter table %I no force row level security', t.name), true
from theirs_tables t
join pg_class c on c.oid = t.id and c.relrowsecurity and c.relforcerowsecurity
where not t.is_aside and exists (
  select from pg_roles r where r.rolname = current_user and not r.rolbypassrls and not r.rolsuper
)
union all
select 'owner', format('public.%I', t.name), format(
    'belongs to %s: run this as that role, or alter table %I owner to %I', c.relowner::regrole, t.name, current_user
  ), true
from theirs_tables t
join pg_class c on c.oid = t.id
where not pg_has_role(c.relowner, 'usage')
union all
select 'owner', 'schema public', format('belongs to %s: alter schema public owner to %I', n.nspowner::regrole, current_user), true
from pg_namespace n
where n.nspname = 'public' and not pg_has_role(n.nspowner, 'usage')
union all
-- Our tables are made in a schema of that name while the web app's has another one.
select 'event trigger', quote_ident(e.evtname), format(
    'runs with each change of structure, and names things in the schema public, which are not to be had meanwhile: alter event trigger %I disable',
    e.evtname
  ), true
from pg_event_trigger e
join pg_proc p on p.oid = e.evtfoid and p.prosrc ~* '\mpublic"?\s*\.'
where e.evtenabled in ('O', 'A')
union all
select 'schema', 'app', 'is not of the back office, which needs this name: rename it (alter schema app rename to …)', true
where to_regnamespace('app') is not null and to_regclass('app.migrations') is null
union all
select 'table', 'public.' || wanted, 'is to be set aside and does not exist', true
from unnest(ASIDE) wanted
where wanted not in (select t.name from theirs_tables t);
