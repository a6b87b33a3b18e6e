-- How the others of `theirs_aside` are made again. Only reads.

create or replace function pg_temp.policy_made(id oid) returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array[format(
      'create policy %I on %s as %s for %s to %s%s%s', p.policyname, o.polrelid::regclass, p.permissive, p.cmd,
      (select string_agg(case r when 'public' then 'public' else quote_ident(r) end, ', ') from unnest(p.roles) r),
      ' using (' || p.qual || ')', ' with check (' || p.with_check || ')'
    )] || array(
      select format('comment on policy %I on %s is %L', o.polname, o.polrelid::regclass, obj_description(o.oid, 'pg_policy'))
      where obj_description(o.oid, 'pg_policy') is not null
    )
  from pg_policy o
  join pg_class c on c.oid = o.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_policies p on p.policyname = o.polname and p.tablename = c.relname and p.schemaname = n.nspname
  where o.oid = $1
$$;

create or replace function pg_temp.function_made(id oid) returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array[
      pg_get_functiondef(p.oid),
      format('select pg_temp.give(%L, %L, %L, %s)', 'routine', p.oid::regprocedure, n.nspname, p.proowner),
      format('select pg_temp.set_rights(%L, %L, %L, %s)', 'routine', p.oid::regprocedure, p.proacl, p.proowner)
    ] || array(
      select format('comment on routine %s is %L', p.oid::regprocedure, obj_description(p.oid, 'pg_proc'))
      where obj_description(p.oid, 'pg_proc') is not null
    )
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where p.oid = $1
$$;

-- A table of a publication, with its columns and its filter.
create or replace function pg_temp.publication_made(id oid) returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array[format(
    'alter publication %I add table only %s%s%s', p.pubname, r.prrelid::regclass,
    -- Neither can be said before PostgreSQL 15.
    ' (' || (
      select string_agg(quote_ident(a.attname), ', ')
      from jsonb_array_elements_text(nullif(to_jsonb(r) -> 'prattrs', 'null')) as listed (position)
      join pg_attribute a on a.attrelid = r.prrelid and a.attnum = listed.position::smallint
    ) || ')',
    ' where (' || (
      select to_jsonb(t) ->> 'rowfilter' from pg_publication_tables t
      where t.pubname = p.pubname and t.tablename = c.relname and t.schemaname = c.relnamespace::regnamespace::text
    ) || ')'
  )]
  from pg_publication_rel r
  join pg_publication p on p.oid = r.prpubid
  join pg_class c on c.oid = r.prrelid
  where r.oid = $1
$$;

update theirs_aside a
set kind = case c.relkind when 'v' then 'view' else 'materialized view' end,
  place = a.id::regclass::text,
  owner = c.relowner::regrole::text,
  remove = format('drop %s %s', case c.relkind when 'v' then 'view' else 'materialized view' end, a.id::regclass),
  make = pg_temp.view_made(a.id)
from pg_class c
where a.class = 'pg_class'::regclass and c.oid = a.id and c.relkind in ('v', 'm');

update theirs_aside a
set kind = 'function',
  place = a.id::regprocedure::text,
  owner = p.proowner::regrole::text,
  remove = format('drop routine %s', a.id::regprocedure),
  make = pg_temp.function_made(a.id)
from pg_proc p
where a.class = 'pg_proc'::regclass and p.oid = a.id and p.prokind in ('f', 'p', 'w');

update theirs_aside a
set kind = 'policy',
  place = format('%I on %s', p.polname, p.polrelid::regclass),
  owner = c.relowner::regrole::text,
  remove = format('drop policy %I on %s', p.polname, p.polrelid::regclass),
  make = pg_temp.policy_made(a.id)
from pg_policy p
join pg_class c on c.oid = p.polrelid
where a.class = 'pg_policy'::regclass and p.oid = a.id;

update theirs_aside a
set kind = 'trigger',
  place = format('%I on %s', g.tgname, g.tgrelid::regclass),
  owner = c.relowner::regrole::text,
  remove = format('drop trigger %I on %s', g.tgname, g.tgrelid::regclass),
  make = pg_temp.trigger_made(a.id)
from pg_trigger g
join pg_class c on c.oid = g.tgrelid
where a.class = 'pg_trigger'::regclass and g.oid = a.id;

update theirs_aside a
set kind = 'rule',
  place = format('%I on %s', r.rulename, r.ev_class::regclass),
  owner = c.relowner::regrole::text,
  remove = format('drop rule %I on %s', r.rulename, r.ev_class::regclass),
  make = array[pg_get_ruledef(r.oid)]
from pg_rewrite r
join pg_class c on c.oid = r.ev_class
where a.class = 'pg_rewrite'::regclass and r.oid = a.id;

update theirs_aside a
set kind = 'default',
  place = format('%s.%I', e.adrelid::regclass, c.attname),
  owner = t.relowner::regrole::text,
  remove = format('alter table %s alter column %I drop default', e.adrelid::regclass, c.attname),
  make = array[format(
    'alter table %s alter column %I set default %s', e.adrelid::regclass, c.attname, pg_get_expr(e.adbin, e.adrelid)
  )]
from pg_attrdef e
join pg_attribute c on c.attrelid = e.adrelid and c.attnum = e.adnum and c.attgenerated = ''
join pg_class t on t.oid = e.adrelid
where a.class = 'pg_attrdef'::regclass and e.oid = a.id;

update theirs_aside a
set kind = 'publication',
  place = format('%I of %s', p.pubname, r.prrelid::regclass),
  owner = p.pubowner::regrole::text,
  remove = format('alter publication %I drop table %s', p.pubname, r.prrelid::regclass),
  make = pg_temp.publication_made(a.id)
from pg_publication_rel r
join pg_publication p on p.oid = r.prpubid
where a.class = 'pg_publication_rel'::regclass and r.oid = a.id;

-- Indexes and constraints over columns that are computed anew: they went with these.
insert into theirs_aside (class, id, depth, kind, place, owner, make)
select 'pg_class'::regclass, i.id, 0, 'index', i.index_place, current_user, array[i.definition]
from theirs_indexes i
where not i.is_over_ours and exists (
  select from pg_depend d join theirs_computed c on c.table_id = d.refobjid and c.position = d.refobjsubid
  where (d.classid, d.objid) = ('pg_class'::regclass, i.id) and d.refclassid = 'pg_class'::regclass
)
union all
select 'pg_constraint'::regclass, k.id, 0, 'constraint', format('%I on %s', k.name, k.place), current_user,
  array[format('alter table %s add constraint %I %s', k.place, k.name, k.definition)]
from theirs_constraints k
where not k.is_over_ours and exists (
  select from theirs_computed c
  join pg_attribute a on a.attrelid = c.table_id and a.attnum = c.position
  where c.place = k.place and a.attname = any (k.columns)
);

-- The same where columns that were of an enum are texts, and are no longer compared with a value of it.
create or replace function pg_temp.without_enums(statement text) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_statement text := statement;
  v_enum text;
begin
  for v_enum in select distinct c.enum from theirs_columns c where c.is_retyped and c.enum is not null
  loop
    v_statement := replace(v_statement, '::' || v_enum, '::text');
  end loop;
  return v_statement;
end
$$;

create or replace function pg_temp.make(statements text[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_statement text;
begin
  foreach v_statement in array statements
  loop
    execute v_statement;
  end loop;
exception
  -- No such operator, no such function, types that do not fit.
  when undefined_function or datatype_mismatch or ambiguous_function then
    if pg_temp.without_enums(statements::text) = statements::text then
      raise;
    end if;
    foreach v_statement in array statements
    loop
      execute pg_temp.without_enums(v_statement);
    end loop;
end
$$;
