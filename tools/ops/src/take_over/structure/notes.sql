-- What a person should know of the web app's structure before it is changed, and what will be done. Only reads.

insert into notes
select 'column', format('%s.%I', c.place, c.name), format('is renamed to %I, because ours computes it', left(c.name, 55) || '_web_app'), false
from theirs_columns c
where c.gives_way
union all
select 'column', format('%s.%I', c.place, c.name),
  case when c.generated = 's' then 'is computed no more: ours is written' else 'is computed when it is read, which ours is not: make it a plain column first' end,
  c.generated <> 's'
from theirs_columns c
where c.is_ours and not c.gives_way and c.generated <> ''
union all
select 'column', format('%s.%I', c.place, c.name), format(
    'is not read, as ours is called %I: rename it to that, or to something else if it means something else', o.name
  ), true
from theirs_columns c
join ours_columns o on o.place = c.place and o.name <> c.name
  and replace(o.name, '_', '') = lower(replace(c.name, '_', ''))
where not c.is_ours and not exists (select from theirs_columns e where e.place = c.place and e.name = o.name)
union all
select 'column', format('%s.%I', c.place, c.name), 'is compared without regard to case, and will be no more: let queries say lower(…)', false
from theirs_columns c
join pg_attribute a on a.attrelid = c.table_id and a.attnum = c.position
left join pg_collation o on o.oid = a.attcollation
where c.is_retyped and c.new_type = 'text' and (a.atttypid::regtype::text ~ '(^|\.)citext$' or not o.collisdeterministic)
union all
select 'column', format('%s.%I', c.place, c.name), 'may be null from now on: ours is written without it', false
from theirs_columns c
where not c.is_ours and c.is_required and not c.has_default and c.identity = '' and c.generated = ''
  and not exists (select from theirs_constraints k where k.place = c.place and k.type = 'p' and c.name = any (k.columns))
union all
select 'column', format('%s.%I', c.place, c.name), 'has a domain that refuses null, and no default: give it one', true
from theirs_columns c
join pg_attribute a on a.attrelid = c.table_id and a.attnum = c.position
join pg_type t on t.oid = a.atttypid and t.typnotnull and t.typdefault is null
where not c.is_ours and not c.has_default
union all
select 'constraint', format('%I on %s', k.name, k.place), 'goes, as a table of theirs has the place that it refers to: ' || k.definition, false
from theirs_constraints k
where k.type = 'f' and k.is_over_ours and not k.is_between
union all
select 'constraint', format('%I on %s', k.name, k.place), 'goes, ours say what holds: ' || k.definition, false
from theirs_constraints k
where k.is_over_ours and k.type in ('u', 'x', 'c') and cardinality(k.referred_by) = 0
union all
select 'constraint', format('%I on %s', k.name, k.place), format(
    'is no key of ours (%s), and %s refers to it: drop that foreign key first',
    array_to_string(k.columns, ', '), array_to_string(k.referred_by, ', ')
  ), true
from theirs_constraints k
where (k.is_over_ours or k.type = 'p') and cardinality(k.referred_by) > 0 and not exists (
  select from ours_constraints o where o.place = k.place and o.type = k.type and o.definition = k.definition
)
union all
select 'view', pg_describe_object(d.dependent_class, d.dependent, 0),
  format('groups by the primary key of %s (%s), which is another one in ours: let it name every column', k.place, array_to_string(k.columns, ', ')),
  true
from theirs_constraints k, pg_temp.dependents('pg_constraint'::regclass, k.id, null) d
where k.type = 'p' and not exists (
  select from ours_constraints o where o.place = k.place and o.type = 'p' and o.definition = k.definition
)
union all
select 'index', i.index_place, 'is not unique in ours, and ' || f.conrelid::regclass || ' refers to it: drop that foreign key first', true
from theirs_indexes i
join pg_constraint f on f.contype = 'f' and f.conindid = i.id and f.conparentid = 0
where i.is_over_ours and f.conrelid not in (select t.id from ours_tables t)
union all
select 'index', i.index_place, 'goes, ours say what is unique: ' || i.definition, false
from theirs_indexes i
where i.is_unique and i.is_over_ours
union all
-- The types of both ends would no longer go together.
select distinct 'foreign key', format('%I on %s', f.conname, f.conrelid::regclass), format(
    'refers to %s.%I, which becomes %s: drop it%s', c.place, c.name, c.new_type, case
      when c.new_type = 'uuid' then ', and write the new ids there afterwards, which app.taken_over has'
      else ', or change the type of its column'
    end
  ), true
from pg_constraint f
cross join lateral unnest(f.conkey, f.confkey) as u (referring, referred)
join theirs_columns c on c.table_id = f.confrelid and c.position = u.referred and c.is_retyped
join pg_attribute a on a.attrelid = f.conrelid and a.attnum = u.referring
join pg_type old on old.oid = a.atttypid
join ours_columns o on o.place = c.place and o.name = c.name
join pg_type new on new.oid = o.type_id
where f.contype = 'f' and old.typcategory <> new.typcategory
  and f.oid not in (select k.id from theirs_constraints k where k.is_over_ours)
union all
-- What keeps an id of theirs by itself. A foreign key proves it, and is named above; a name is a hint.
select distinct 'column', format('%s.%I', a.attrelid::regclass, a.attname), format(
    'may hold ids of %s, which change: app.taken_over has the new one (row_id) of each old one (before ->> ''id'')', c.place
  ), false
from theirs_columns c
join pg_attribute a on a.attnum > 0 and not a.attisdropped
  and a.attname in (c.of_table || '_id', regexp_replace(c.of_table, 's$', '') || '_id', regexp_replace(c.of_table, '^.*_|s$', '', 'g') || '_id')
join pg_class k on k.oid = a.attrelid and k.relkind in ('r', 'p')
join pg_namespace n on n.oid = k.relnamespace and n.nspname not in ('pg_catalog', 'information_schema', 'app')
where c.is_retyped and c.name = 'id' and c.new_type = 'uuid' and a.attrelid not in (select t.id from ours_tables t)
union all
select 'column', format('%s.%I', a.attrelid::regclass, a.attname), 'holds whole rows of ' || t.place || ': change its type first', true
from ours_tables t
join pg_type y on y.typrelid = t.id
join pg_attribute a on a.atttypid in (y.oid, y.typarray) and not a.attisdropped
join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'm')
where t.is_theirs and exists (select from theirs_columns r where r.table_id = t.id and r.is_retyped)
union all
select 'rule', format('%I on %s', r.rulename, t.place),
  case when r.is_instead then 'does something else instead of what is asked: drop it first' else 'goes' end || ': ' || pg_get_ruledef(r.oid),
  r.is_instead
from ours_tables t
join pg_rewrite r on r.ev_class = t.id
where t.is_theirs
union all
select 'policy', format('%I on %s', p.polname, t.place), 'goes, ours is for the service role alone', false
from ours_tables t
join pg_policy p on p.polrelid = t.id
where t.is_theirs
union all
select 'trigger', format('%I on %s', g.name, g.place), case
    when g.is_within_reach then 'is left disabled, because ' || g.function
      || ' writes to the tables of the back office: let it call the API instead, or drop it'
    else 'belongs to ' || g.owner || ', and ' || g.function
      || ' writes to the tables of the back office: drop it, or let it call the API instead'
  end, false
from theirs_triggers g
where g.writes
union all
select 'trigger', format('%I on %s', g.name, g.place),
  g.function || ' runs with its owner''s rights, finds names in public and can no longer be called by itself, because ours write as another role; one that asks who calls is left as it is', false
from theirs_triggers g
where g.is_on_ours and not g.writes
union all
select 'function', w.place, 'writes to the tables of the back office, which may refuse it: let its callers call the API instead', false
from theirs_writers w
where not exists (select from theirs_triggers g where g.function = w.place)
union all
select coalesce(a.kind, 'object'), coalesce(a.place, pg_describe_object(a.class, a.id, 0)), case
    when a.make is null then 'depends on a column that changes and cannot be made again: drop it first'
    when not pg_has_role(a.owner, 'usage')
      then format('depends on a column that changes, and belongs to %s: grant %s to %I first', a.owner, a.owner, current_user)
    else 'is made again, with owner, rights and options' || case when exists (
      select from theirs_columns c
      join pg_attribute p on p.attrelid = c.table_id and p.attnum = c.position
      join ours_columns n on n.place = c.place and n.name = c.name
      join pg_type old on old.oid = p.atttypid
      join pg_type new on new.oid = n.type_id and new.typcategory <> old.typcategory,
      lateral pg_temp.dependents('pg_class'::regclass, c.table_id, c.position) d
      where c.is_retyped and c.enum is null and (d.dependent_class, d.dependent) = (a.class, a.id)
    ) then '; a column that it names gets another type, and what does not go with that stops the take-over: drop it then' else '' end
  end, a.make is null or not pg_has_role(a.owner, 'usage')
from theirs_aside a
union all
select 'index', i.index_place, case when i.is_over_ours then 'goes' else 'is renamed' end || ', ours has its name', false
from theirs_indexes i
where i.has_our_name and not (i.is_over_ours and i.is_unique)
union all
select 'replica identity', t.place, 'becomes the primary key', false
from ours_tables t
join pg_class c on c.oid = t.id and c.relreplident in ('i', 'n')
where t.is_theirs;

-- What is open to everybody who has a public key. On the eight tables it is closed; elsewhere it is only named.

-- Views over the eight tables, directly or through others. One with `security_invoker` asks what its caller may do, also
-- when another view reads it; what fills a materialized view is always its owner.
create temp table theirs_readers on commit drop as
with recursive over (view, kind, asks_caller, read) as (
  select distinct v.oid, v.relkind, coalesce(array_to_string(v.reloptions, ',') ~* 'security_invoker=(true|on|1|yes)', false), d.refobjid
  from pg_class v
  join pg_namespace n on n.oid = v.relnamespace and n.nspname <> 'app'
  join pg_rewrite w on w.ev_class = v.oid
  join pg_depend d on (d.classid, d.objid) = ('pg_rewrite'::regclass, w.oid) and d.refclassid = 'pg_class'::regclass
  where v.relkind in ('v', 'm') and d.refobjid <> v.oid
), readers (id) as (
  select o.view from over o join ours_tables t on t.id = o.read and t.is_public
  union
  select o.view from readers r join over o on o.read = r.id
), open (id) as (
  select o.view
  from over o
  join readers r on r.id = o.view
  where o.kind = 'm' or not o.asks_caller and o.read in (select t.id from ours_tables t where t.is_public)
  union
  select o.view from open p join over o on o.read = p.id and not o.asks_caller
)
select r.id, r.id in (select o.id from open o) as is_open from readers r;

insert into notes
select 'rights', t.place, format('%s may no more %s', x.role, string_agg(distinct lower(x.privilege_type), ', ' order by lower(x.privilege_type))), false
from ours_tables t
join pg_class c on c.oid = t.id
cross join lateral (
  select case when e.grantee = 0 then 'everybody' else e.grantee::regrole::text end as role, e.privilege_type
  from (
    select a.* from aclexplode(c.relacl) a
    union all
    select b.* from pg_attribute p, aclexplode(p.attacl) b where p.attrelid = c.oid and not p.attisdropped
  ) e
) x
where t.is_theirs and x.role in ('everybody', 'anon', 'authenticated')
group by t.place, x.role
union all
-- Row level security shows rows to whom a policy names, and ours names the service role alone.
select distinct 'rights', t.place, format(
    '%1$s keeps what it was granted, and will see no row: if it should, create policy %1$s on %2$s for select to %1$s using (true)',
    r.oid::regrole, t.place
  ), false
from ours_tables t
join pg_class c on c.oid = t.id
cross join lateral aclexplode(c.relacl) x
join pg_roles r on r.oid = x.grantee and r.oid <> c.relowner and not r.rolbypassrls and not r.rolsuper
where t.is_theirs and r.rolname not in ('anon', 'authenticated', 'service_role', 'api')
  and not pg_has_role(r.oid, t.owner, 'usage')
union all
select 'open', format('%I.%I', n.nspname, c.relname), format(
    '%s may %s, without row level security: left as it is, yours to judge', r.rolname,
    concat_ws(
      ', ',
      case when has_any_column_privilege(r.oid, c.oid, 'select') then 'select' end,
      case when has_any_column_privilege(r.oid, c.oid, 'insert') then 'insert' end,
      case when has_any_column_privilege(r.oid, c.oid, 'update') then 'update' end,
      case when has_table_privilege(r.oid, c.oid, 'delete') then 'delete' end
    )
  ), false
from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
join pg_roles r on r.rolname in ('anon', 'authenticated')
where c.relkind in ('r', 'p') and not c.relrowsecurity and c.oid not in (select t.id from ours_tables t)
  and (has_any_column_privilege(r.oid, c.oid, 'select, insert, update') or has_table_privilege(r.oid, c.oid, 'delete'))
union all
select 'open', format('policy %I on %s', p.polname, p.polrelid::regclass), 'lets everybody see or write every row: left as it is, yours to judge', false
from pg_policy p
where (pg_get_expr(p.polqual, p.polrelid) = 'true' or pg_get_expr(p.polwithcheck, p.polrelid) = 'true')
  and p.polroles && (array[0::oid] || array(select r.oid from pg_roles r where r.rolname in ('anon', 'authenticated')))
  and p.polrelid not in (select t.id from ours_tables t)
union all
select 'open', p.oid::regprocedure::text, 'runs with its owner''s rights, and whoever has the public key may call it: left as it is, yours to judge', false
from pg_proc p
where p.pronamespace = 'public'::regnamespace and p.prosecdef
  and exists (select from pg_roles r where r.rolname = 'anon' and has_function_privilege(r.oid, p.oid, 'execute'))
union all
select distinct 'open', l.id::regclass::text,
  'shows rows of the eight tables to whoever has the public key, with its owner''s rights: left as it is, yours to judge', false
from theirs_readers l
join pg_roles r on r.rolname in ('anon', 'authenticated') and has_any_column_privilege(r.oid, l.id, 'select')
where l.is_open
union all
select distinct 'open', p.oid::regprocedure::text,
  'names the eight tables, or a view over them, and runs with its owner''s rights, and whoever has the public key may call it: left as it is, yours to judge', false
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace and n.nspname !~ '^(pg_|release_|app$|information_schema$)'
join pg_language g on g.oid = p.prolang and g.lanname not in ('internal', 'c')
join pg_roles r on r.rolname in ('anon', 'authenticated') and has_function_privilege(r.oid, p.oid, 'execute')
where p.prosecdef and p.prokind in ('f', 'p') and p.prorettype <> 'trigger'::regtype
  and coalesce(nullif(p.prosrc, ''), pg_get_functiondef(p.oid)) ~* (
    select '(?<!\w)(' || string_agg(distinct regexp_replace(e.name, '(\W)', '\\\1', 'g'), '|') || ')(?!\w)'
    from (
      select t.name from ours_tables t where t.is_public
      union all
      select c.relname from theirs_readers v join pg_class c on c.oid = v.id
    ) e
  )
union all
select 'open', 'schema public', format('%s may make tables and functions in it: left as it is, yours to judge', r.rolname), false
from pg_roles r
where r.rolname in ('anon', 'authenticated') and has_schema_privilege(r.oid, 'public', 'create');
