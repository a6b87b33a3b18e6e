-- Lists what cannot stay while columns change (views, functions, policies and the like, and what depends on these), and
-- how each is made again: with owner, rights, options and comments. Only reads.

create temp table theirs_aside (
  class oid, id oid, depth integer not null, kind text, place text, owner text, remove text, make text[],
  primary key (class, id)
) on commit drop;

-- What depends on an object, or on a column of it. What is a part of a view (rule, trigger, default) stands for the view.
create or replace function pg_temp.dependents(class oid, id oid, column_position integer) returns table (dependent_class oid, dependent oid)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select distinct
    case when v.oid is not null then 'pg_class'::regclass else d.classid end::oid,
    coalesce(v.oid, d.objid)
  from pg_depend d
  left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  left join pg_policy p on d.classid = 'pg_policy'::regclass and p.oid = d.objid
  left join pg_trigger g on d.classid = 'pg_trigger'::regclass and g.oid = d.objid
  left join pg_attrdef e on d.classid = 'pg_attrdef'::regclass and e.oid = d.objid
  left join pg_class v on v.oid in (r.ev_class, g.tgrelid, e.adrelid) and v.relkind in ('v', 'm')
  where d.refclassid = $1 and d.refobjid = $2 and (column_position is null or d.refobjsubid = column_position)
    and d.deptype in ('n', 'a')
    and d.classid in (
      'pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass,
      'pg_attrdef'::regclass, 'pg_publication_rel'::regclass
    )
    -- What is a part of the object itself goes and comes with it.
    and not coalesce(column_position is null and d.refobjid in (r.ev_class, g.tgrelid, e.adrelid), false)
    -- On the eight tables rules and policies go, and columns are changed together.
    and not exists (
      select from ours_tables t where t.is_public and t.id in (p.polrelid, e.adrelid, r.ev_class)
    )
$$;

-- Deeper is what depends on what is less deep.
do $$
declare
  v_found integer;
begin
  insert into theirs_aside (class, id, depth)
  select distinct d.dependent_class, d.dependent, 0
  from theirs_changes c, pg_temp.dependents('pg_class'::regclass, c.table_id, c.position) d;
  for v_depth in 1 .. 50
  loop
    insert into theirs_aside as a (class, id, depth)
    select distinct d.dependent_class, d.dependent, v_depth
    from theirs_aside o
    cross join lateral (
      select o.class, o.id
      union all
      -- Functions may take or return rows of a view.
      select 'pg_type'::regclass, y.oid
      from pg_type t
      join pg_type y on y.oid in (t.oid, t.typarray)
      where o.class = 'pg_class'::regclass and t.typrelid = o.id
    ) named
    cross join lateral pg_temp.dependents(named.class, named.id, null) d
    where o.depth = v_depth - 1 and (d.dependent_class, d.dependent) <> (o.class, o.id)
    on conflict (class, id) do update set depth = v_depth;
    get diagnostics v_found = row_count;
    exit when v_found = 0;
  end loop;
end
$$;

create or replace function pg_temp.trigger_made(id oid) returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array[pg_get_triggerdef(g.oid)] || case g.tgenabled
      when 'O' then '{}'::text[]
      else array[format(
        'alter table %s %s trigger %I', g.tgrelid::regclass,
        case g.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, g.tgname
      )]
    end || array(
      select format('comment on trigger %I on %s is %L', g.tgname, g.tgrelid::regclass, obj_description(g.oid, 'pg_trigger'))
      where obj_description(g.oid, 'pg_trigger') is not null
    )
  from pg_trigger g where g.oid = $1
$$;

-- A view, filled or not: its options, owner, defaults, rules, triggers, rights, comments, indexes.
create or replace function pg_temp.view_made(id oid) returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array[format(
      'create %s %s %s%s as %s%s', v.kind, v.place,
      case when v.kind = 'view' then '' else (select format('using %I', m.amname) from pg_am m where m.oid = v.relam) end,
      coalesce(
        ' with (' || (
          select string_agg(format('%I = %L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ')
          from unnest(v.reloptions) o
        ) || ')',
        ''
      ),
      rtrim(pg_get_viewdef(v.oid), '; '),
      case when v.kind = 'view' then '' else ' with no data' end
    )]
    || array(select pg_get_indexdef(i.indexrelid) from pg_index i where i.indrelid = v.oid order by i.indexrelid)
    || array(
      select format('alter view %s alter column %I set default %s', v.place, a.attname, pg_get_expr(e.adbin, e.adrelid))
      from pg_attrdef e join pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum where e.adrelid = v.oid
    )
    || array(
      select pg_get_ruledef(r.oid) from pg_rewrite r where r.ev_class = v.oid and r.rulename <> '_RETURN' order by r.oid
    )
    || array(
      select s from pg_trigger g, unnest(pg_temp.trigger_made(g.oid)) s where g.tgrelid = v.oid and not g.tgisinternal
    )
    || case when v.kind = 'materialized view' and v.relispopulated then array['refresh materialized view ' || v.place] end
    || format('select pg_temp.give(%L, %L, %L, %s)', v.kind, v.place, v.nspname, v.relowner)
    || format('select pg_temp.set_rights(%L, %L, %L, %s)', 'table', v.place, v.relacl, v.relowner)
    || array(
      select format(
        'grant %s (%I) on %s to %s%s', x.privilege_type, a.attname, v.place,
        case when x.grantee = 0 then 'public' else x.grantee::regrole::text end,
        case when x.is_grantable then ' with grant option' else '' end
      )
      from pg_attribute a, aclexplode(a.attacl) x where a.attrelid = v.oid and not a.attisdropped
    )
    || array(
      select case
        when d.objsubid = 0 then format('comment on %s %s is %L', v.kind, v.place, d.description)
        else format('comment on column %s.%I is %L', v.place, a.attname, d.description)
      end
      from pg_description d
      left join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid
      where d.objoid = v.oid and d.classoid = 'pg_class'::regclass
    )
  from (
    select c.*, n.nspname, format('%I.%I', n.nspname, c.relname) as place,
      case c.relkind when 'v' then 'view' else 'materialized view' end as kind
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.oid = $1
  ) v
$$;
