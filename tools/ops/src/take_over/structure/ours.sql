-- What our tables are to become, noted while the migrations' own stand empty in `public`: those of `public`, and those of
-- `app` that refer to them, or that they refer to, directly or through others.

create temp table ours_tables on commit drop as
with recursive related (id) as (
  select c.oid
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  union
  select case r.id when f.confrelid then f.conrelid else f.confrelid end
  from related r
  join pg_constraint f on r.id in (f.confrelid, f.conrelid) and f.contype = 'f' and f.conparentid = 0
)
select
  c.oid as id,
  n.nspname as schema,
  c.relname as name,
  format('%I.%I', n.nspname, c.relname) as place,
  n.nspname = 'public' as is_public,
  -- Whether the web app has such a table: otherwise ours is taken as it is.
  n.nspname = 'public' and exists (
    select from pg_class w
    where w.relnamespace = to_regnamespace('web_app_public') and w.relname = c.relname and w.relkind = 'r'
  ) as is_theirs,
  -- Its partitions have rows of their own and no row of anybody else's: only what refers to the tables goes and comes.
  c.relkind = 'p' as is_partitioned,
  c.relrowsecurity as is_closed,
  c.relreplident as replica_identity,
  c.reloptions as options,
  c.relowner::regrole::text as owner,
  c.relacl as rights
from related r
join pg_class c on c.oid = r.id
join pg_namespace n on n.oid = c.relnamespace;

create temp table ours_columns on commit drop as
select
  t.place,
  t.name as table_name,
  a.attnum as position,
  a.attname as name,
  format_type(a.atttypid, a.atttypmod) as type,
  a.atttypid as type_id,
  a.atttypmod as type_modifier,
  a.attcollation as collation,
  case when a.attcollation <> ty.typcollation then format(' collate %I.%I', ns.nspname, co.collname) else '' end as collate,
  a.attnotnull as is_required,
  a.attgenerated as generated,
  pg_get_expr(d.adbin, d.adrelid) as expression,
  a.attacl as rights,
  -- The table whose rows a value stands for.
  coalesce(
    (
      select r.relname
      from pg_constraint f
      join pg_class r on r.oid = f.confrelid
      where f.conrelid = t.id and f.contype = 'f' and f.conkey = array[a.attnum]
      limit 1
    ),
    t.name
  ) as of_table
from ours_tables t
join pg_attribute a on a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
join pg_type ty on ty.oid = a.atttypid
left join pg_collation co on co.oid = a.attcollation
left join pg_namespace ns on ns.oid = co.collnamespace
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where t.is_public;

create temp table ours_constraints on commit drop as
select
  t.place,
  t.is_public,
  c.conname as name,
  c.contype as type,
  pg_get_constraintdef(c.oid) as definition,
  array(
    select a.attname::text from pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) order by array_position(c.conkey, a.attnum)
  ) as columns
from ours_tables t
join pg_constraint c on c.conrelid = t.id and c.conparentid = 0 and c.contype in ('p', 'u', 'x', 'c', 'f')
where not t.is_partitioned or (c.contype = 'f' and c.confrelid in (select o.id from ours_tables o));

create temp table ours_indexes on commit drop as
select t.place, t.schema, i.indexrelid as id, c.relname as name, pg_get_indexdef(i.indexrelid) as definition
from ours_tables t
join pg_index i on i.indrelid = t.id
join pg_class c on c.oid = i.indexrelid
where not t.is_partitioned and not exists (
  select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
);

create temp table ours_triggers on commit drop as
select t.place, t.is_public, g.tgname as name, g.tgenabled as state, pg_get_triggerdef(g.oid) as definition
from ours_tables t
join pg_trigger g on g.tgrelid = t.id and not g.tgisinternal
where not t.is_partitioned;

create temp table ours_policies on commit drop as
select t.place, p.*
from ours_tables t
join pg_policies p on p.schemaname = t.schema and p.tablename = t.name
where t.is_public;

-- What migrations grant on the schema itself.
create temp table ours_schema_rights on commit drop as
select e.grantee::regrole::text as grantee, e.privilege_type as privilege
from pg_namespace n, aclexplode(n.nspacl) e
where n.nspname = 'public' and e.grantee <> n.nspowner and e.grantee <> 0;
