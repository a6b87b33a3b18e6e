-- What the web app's tables are, and what about them changes. Only reads.

create temp table theirs_columns on commit drop as
select
  t.id as table_id,
  t.place,
  a.attnum as position,
  a.attname as name,
  pg_temp.plain_type(a.atttypid, a.atttypmod) as type,
  (select format_type(y.oid, null) from pg_type y where y.oid = a.atttypid and y.typtype = 'e') as enum,
  a.attnotnull as is_required,
  a.atthasdef as has_default,
  a.attidentity as identity,
  a.attgenerated as generated,
  o.name is not null as is_ours,
  o.type as new_type,
  o.collate,
  o.of_table,
  -- Ours computes what theirs holds: theirs gets another name.
  coalesce(o.generated <> '', false) as gives_way,
  coalesce(
    o.generated = '' and (a.atttypid, a.atttypmod, a.attcollation) <> (o.type_id, o.type_modifier, o.collation), false
  ) as is_retyped
from ours_tables t
join pg_attribute a on a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
left join ours_columns o on o.place = t.place and o.name = a.attname
where t.is_theirs;

-- Columns of theirs that are computed from columns whose type changes: they are made again.
create temp table theirs_computed on commit drop as
select distinct
  c.table_id, c.place, c.position, c.name,
  format_type(a.atttypid, a.atttypmod) as type,
  pg_get_expr(e.adbin, e.adrelid) as expression,
  c.generated
from theirs_columns c
join pg_attribute a on a.attrelid = c.table_id and a.attnum = c.position
join pg_attrdef e on e.adrelid = c.table_id and e.adnum = c.position
join pg_depend d on (d.classid, d.objid) = ('pg_attrdef'::regclass, e.oid)
  or (d.classid, d.objid, d.objsubid) = ('pg_class'::regclass, c.table_id, c.position)
join theirs_columns r on r.table_id = c.table_id and r.position = d.refobjsubid and r.is_retyped
where c.generated <> '' and not c.is_ours and (d.refclassid, d.refobjid) = ('pg_class'::regclass, c.table_id);

-- What names a column of these cannot stay while it changes.
create temp table theirs_changes on commit drop as
select c.table_id, c.position from theirs_columns c where c.is_retyped or c.gives_way
union
select c.table_id, c.position from theirs_computed c;

-- Constraints of their tables, and whether they say something about a column of ours. A check of a whole row names none.
create temp table theirs_constraints on commit drop as
select
  k.oid as id, t.id as table_id, t.place, k.conname as name, k.contype as type, k.conindid as index_id,
  pg_get_constraintdef(k.oid) as definition,
  coalesce(array_length(k.conkey, 1), 0) = 0 or 0 = any (k.conkey) or exists (
    select from theirs_columns c where c.table_id = t.id and c.position = any (k.conkey) and c.is_ours
  ) as is_over_ours,
  array(
    select a.attname::text from pg_attribute a
    where a.attrelid = t.id and a.attnum = any (k.conkey) order by array_position(k.conkey, a.attnum)
  ) as columns,
  -- A table that is none of the eight refers to it.
  array(
    select f.conrelid::regclass || ' ' || f.conname from pg_constraint f
    where f.contype = 'f' and f.conindid = k.conindid and k.contype in ('p', 'u') and f.conparentid = 0
      and f.conrelid not in (select o.id from ours_tables o)
  ) as referred_by,
  k.contype = 'f' and k.confrelid in (select o.id from ours_tables o) as is_between
from ours_tables t
join pg_constraint k on k.conrelid = t.id and k.contype in ('p', 'u', 'x', 'c', 'f')
where t.is_theirs;

create temp table theirs_indexes on commit drop as
select
  i.indexrelid as id, t.place, c.relname as name, format('%I.%I', n.nspname, c.relname) as index_place,
  pg_get_indexdef(i.indexrelid) as definition, i.indisunique as is_unique, c.relname in (
    select o.name from ours_indexes o where o.schema = 'public'
    union all
    select k.name from ours_constraints k where k.is_public and k.type in ('p', 'u', 'x')
  ) as has_our_name,
  exists (
    select from pg_depend d
    join theirs_columns o on o.table_id = t.id and o.position = d.refobjsubid and o.is_ours
    where (d.classid, d.objid) = ('pg_class'::regclass, i.indexrelid)
      and (d.refclassid, d.refobjid) = ('pg_class'::regclass, t.id)
  ) as is_over_ours
from ours_tables t
join pg_index i on i.indrelid = t.id
join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
where t.is_theirs and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = t.id);

-- Functions of theirs that write to one of the eight tables, themselves or through another one.
create temp table theirs_writers on commit drop as
with recursive functions as (
  select p.oid as id, p.proname as name, coalesce(nullif(p.prosrc, ''), pg_get_functiondef(p.oid)) as source
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang and l.lanname not in ('internal', 'c')
  where p.prokind in ('f', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'app')
    and n.nspname !~ '^(pg_temp|pg_toast|release_)'
), named as (
  select '\m(insert\s+into|update|delete\s+from|merge\s+into|truncate(\s+table)?)\s+(only\s+)?("?public"?\s*\.\s*)?"?('
    || string_agg(t.name, '|') || ')"?(?!\w)' as pattern
  from ours_tables t
  where t.is_public
), writers as (
  select f.id, f.name from functions f, named n where f.source ~* n.pattern
  union
  select f.id, f.name
  from writers w
  join functions f on f.id <> w.id and f.source ~* ('\m' || regexp_replace(w.name, '(\W)', '\\\1', 'g') || '"?\s*\(')
)
select w.id, w.id::regprocedure::text as place from writers w;

create temp table theirs_triggers on commit drop as
select
  g.oid as id, g.tgrelid::regclass::text as place, g.tgname as name, g.tgenabled as state, g.tgfoid::regprocedure::text as function,
  t.id is not null as is_on_ours,
  exists (select from theirs_writers w where w.id = g.tgfoid) as writes,
  pg_has_role(c.relowner, 'usage') as is_within_reach,
  c.relowner::regrole::text as owner
from pg_trigger g
join pg_class c on c.oid = g.tgrelid
join pg_namespace n on n.oid = c.relnamespace
left join ours_tables t on t.id = g.tgrelid
where not g.tgisinternal and g.tgparentid = 0 and c.relkind in ('r', 'p', 'v')
  and n.nspname not in ('pg_catalog', 'information_schema', 'app')
  and (t.is_theirs or t.id is null and exists (select from theirs_writers w where w.id = g.tgfoid));
