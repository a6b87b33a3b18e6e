-- A line for each thing that a dump would hold, and for the rows of each table.
with schemas as (
  select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'before')
),
relations as (
  select c.*, c.oid::regclass::text as name from pg_class c join schemas s on s.oid = c.relnamespace
)
select format('schema %s %s %s', nspname, nspowner::regrole, (select array_agg(a::text order by a::text) from unnest(nspacl) a))
from pg_namespace
where oid in (select oid from schemas)
union all
select format(
  'relation %s %s %s %s %s %s %s', name, relkind, relowner::regrole, (select array_agg(a::text order by a::text) from unnest(relacl) a),
  reloptions, relrowsecurity, relforcerowsecurity
)
from relations
where relkind <> 'i'
union all
select format(
  'column %s %s %s %s %s %s %s %s %s', r.name, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  a.attgenerated, a.attidentity, a.attcollation::regcollation, (select array_agg(x::text order by x::text) from unnest(a.attacl) x)
) || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
from relations r
join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
where r.relkind in ('r', 'v', 'm', 'p')
union all
select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint
where connamespace in (select oid from schemas)
union all
select format('index %s', pg_get_indexdef(oid)) from relations where relkind in ('i', 'I')
union all
select format('trigger %s %s', t.tgenabled, pg_get_triggerdef(t.oid))
from pg_trigger t
join relations r on r.oid = t.tgrelid
where not t.tgisinternal
union all
select format('view %s %s', name, pg_get_viewdef(oid)) from relations where relkind in ('v', 'm')
union all
select format(
  'function %s %s %s', p.proowner::regrole, (select array_agg(a::text order by a::text) from unnest(p.proacl) a), pg_get_functiondef(p.oid)
)
from pg_proc p
where p.pronamespace in (select oid from schemas) and p.prokind in ('f', 'p')
union all
select format('policy %s', to_jsonb(p)) from pg_policies p
union all
select format('default %s', to_jsonb(d)) from pg_default_acl d
union all
select format('description %s %s %s %s', classoid, objoid, objsubid, description) from pg_description
where classoid = 'pg_class'::regclass and objoid in (select oid from relations)
union all
select format('type %s %s', typname, typtype) from pg_type where typnamespace in (select oid from schemas) and typtype in ('e', 'd')
union all
select format(
  'rows %s %s', name,
  (xpath('//held/text()', query_to_xml(
    format('select md5(string_agg(t::text, chr(10) order by t::text)) as held from %s t', name), false, false, ''
  )))[1]
)
from relations
where relkind in ('r', 'm')
order by 1
