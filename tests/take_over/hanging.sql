-- What hangs on the tables of a web app, or stands beside them, a line for each thing; not how PostgreSQL writes the
-- queries of views down, which the types of columns change.
with theirs as (
  select c.oid as id, c.*, c.oid::regclass::text as place
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relname <> all (EIGHT) and c.relkind in ('r', 'v', 'm')
)
select concat_ws(' ', 'relation', place, relkind, relowner::regrole, relispopulated, relrowsecurity, reloptions, obj_description(id, 'pg_class'))
from theirs
union all
select concat_ws(' ', 'right', place, x.grantee::regrole, x.privilege_type, x.is_grantable)
from theirs, aclexplode(coalesce(relacl, acldefault('r', relowner))) x
union all
select concat_ws(' ', 'column', place, a.attname, x.grantee::regrole, x.privilege_type, pg_get_expr(d.adbin, d.adrelid), col_description(id, a.attnum))
from theirs
join pg_attribute a on a.attrelid = id and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = id and d.adnum = a.attnum
left join lateral aclexplode(a.attacl) x on true
union all
select concat_ws(' ', 'constraint', place, conname, pg_get_constraintdef(k.oid), convalidated) from theirs join pg_constraint k on conrelid = id
union all
select concat_ws(' ', 'index', place, pg_get_indexdef(indexrelid)) from theirs join pg_index on indrelid = id
union all
select concat_ws(' ', 'trigger', place, pg_get_triggerdef(t.oid), tgenabled) from theirs join pg_trigger t on tgrelid = id and not tgisinternal
union all
select concat_ws(' ', 'policy', place, policyname, permissive, roles, cmd) from theirs join pg_policies on schemaname = 'public' and tablename = relname
union all
select concat_ws(' ', 'function', p.oid::regprocedure, prosrc, proowner::regrole, proacl, prosecdef, obj_description(p.oid, 'pg_proc'))
from pg_proc p where pronamespace = 'public'::regnamespace
union all
select concat_ws(' ', 'publication', p.*) from pg_publication_tables p
union all
select concat_ws(' ', 'statistics', stxname, pg_get_statisticsobjdef(oid)) from pg_statistic_ext
union all
select concat_ws(' ', 'comment', col_description(attrelid, attnum), attstattarget) from pg_attribute
where attrelid = 'users'::regclass and attname = 'email'
order by 1
