-- Everything that makes the tables of ours what they are, a line for each thing.
with tables as (
  select c.oid as id, c.*, n.nspname || '.' || c.relname as place
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and (n.nspname = 'app' or (n.nspname = 'public' and c.relname = any (EIGHT)))
)
select concat_ws(
  ' ', 'table', place, relowner::regrole, relrowsecurity, relforcerowsecurity, relreplident, relpersistence,
  array(select o from unnest(reloptions) o order by o)
)
from tables
union all
select concat_ws(
  ' ', 'column', t.place, a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull,
  a.attgenerated, a.attidentity, a.attstorage, pg_get_expr(d.adbin, d.adrelid)
)
from tables t
join pg_attribute a on a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = t.id and d.adnum = a.attnum
union all
select concat_ws(' ', 'constraint', t.place, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
from tables t join pg_constraint k on k.conrelid = t.id and k.contype not in ('n', 't')
union all
select concat_ws(' ', 'index', t.place, pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisreplident)
from tables t join pg_index i on i.indrelid = t.id
union all
select concat_ws(' ', 'trigger', t.place, pg_get_triggerdef(g.oid), g.tgenabled)
from tables t join pg_trigger g on g.tgrelid = t.id and not g.tgisinternal
union all
select concat_ws(' ', 'policy', p.schemaname, p.tablename, p.policyname, p.permissive, p.roles, p.cmd, p.qual, p.with_check)
from pg_policies p join tables t on t.place = p.schemaname || '.' || p.tablename
union all
select concat_ws(' ', 'right', t.place, x.grantee::regrole, x.grantor::regrole, x.privilege_type, x.is_grantable)
from tables t, aclexplode(coalesce(t.relacl, acldefault('r', t.relowner))) x
union all
select concat_ws(' ', 'right', t.place, a.attname, x.grantee::regrole, x.privilege_type)
from tables t join pg_attribute a on a.attrelid = t.id and not a.attisdropped, aclexplode(a.attacl) x
union all
select concat_ws(' ', 'function', p.oid::regprocedure, md5(pg_get_functiondef(p.oid)), p.proowner::regrole, p.proacl)
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where (n.nspname = 'app' or n.nspname like 'release\_%') and p.prokind in ('f', 'p')
union all
select concat_ws(' ', 'view', c.oid::regclass, c.relowner::regrole, md5(pg_get_viewdef(c.oid)), c.relacl)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where (n.nspname = 'app' or n.nspname like 'release\_%') and c.relkind in ('v', 'm')
union all
select 'applied ' || m.name from app.migrations m
order by 1
