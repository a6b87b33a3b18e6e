-- Takes away what is in the way of the change and of the rows: what `theirs_aside` lists, and on the eight tables rules,
-- policies, and all that says something about a column of ours. Triggers rest.

do $$
declare
  v_statement text;
begin
  for v_statement in select a.remove from theirs_aside a where a.remove is not null order by a.depth desc, a.class, a.id
  loop
    execute v_statement;
  end loop;

  for v_statement in
    select format('alter table %s disable trigger %I', g.place, g.name)
    from theirs_triggers g
    where (g.is_on_ours or g.writes and g.is_within_reach)
      and not exists (select from theirs_aside a where (a.class, a.id) = ('pg_trigger'::regclass, g.id))
      and not exists (select from pg_class v where v.oid = g.place::regclass and v.relkind = 'v')
    union all
    select format('drop rule %I on %s', r.rulename, t.place)
    from ours_tables t join pg_rewrite r on r.ev_class = t.id
    where t.is_theirs
    union all
    select format('drop policy %I on %s', p.polname, t.place)
    from ours_tables t join pg_policy p on p.polrelid = t.id
    where t.is_theirs
    union all
    select format('alter table %s no force row level security', t.place) from ours_tables t where t.is_theirs
  loop
    execute v_statement;
  end loop;
end
$$;

-- A key of theirs that is ours too stays while it is in use: a primary key always, another one if tables of theirs refer
-- to it.
create temp table theirs_kept_keys on commit drop as
select distinct on (k.id) k.id, k.place, k.name, o.name as new_name
from theirs_constraints k
join ours_constraints o on o.place = k.place and o.type = k.type and o.definition = k.definition
where k.type = 'p' or k.type = 'u' and cardinality(k.referred_by) > 0
order by k.id, o.name;

do $$
declare
  v_statement text;
begin
  for v_statement in
    select s.statement
    from (
      select 1, format('alter table %s drop constraint %I', k.place, k.name)
      from theirs_constraints k
      where k.is_over_ours and k.type = 'f'
      union all
      select 2, format('alter table %s drop constraint %I', k.place, k.name)
      from theirs_constraints k
      where (k.is_over_ours or k.type = 'p') and k.type <> 'f' and k.id not in (select e.id from theirs_kept_keys e)
      union all
      select 3, format('drop index %s', i.index_place) from theirs_indexes i where i.is_over_ours
      -- Of ours too (tables that the web app had not, and those of `app`), until the rows are there.
      union all
      select 4, format('alter table %s drop constraint %I', t.place, k.name)
      from ours_constraints k join ours_tables t on t.place = k.place
      where not t.is_theirs and k.type in ('u', 'x', 'c')
      union all
      select 5, format('drop index %I.%I', i.schema, i.name)
      from ours_indexes i join ours_tables t on t.place = i.place
      where not t.is_theirs
      union all
      select 6, format('drop trigger %I on %s', g.name, t.place)
      from ours_triggers g join ours_tables t on t.place = g.place
      where not t.is_theirs
      union all
      select 7, format('alter table %s drop column %I', t.place, c.name)
      from ours_columns c join ours_tables t on t.place = c.place
      where not t.is_theirs and c.generated <> ''
    ) as s (turn, statement)
    order by s.turn
  loop
    execute v_statement;
  end loop;
end
$$;

-- A table that is published cannot be updated while nothing identifies its rows.
create temp table theirs_unidentified on commit drop as
select t.id, t.place
from ours_tables t
join pg_class c on c.oid = t.id
where t.is_theirs and (
  c.relreplident = 'd' and not exists (select from pg_index i where i.indrelid = t.id and i.indisprimary)
  -- Its columns may be null from now on; or nothing was to be known of a row, and then no row can be changed.
  or c.relreplident in ('i', 'n')
);

do $$
declare
  v_place text;
begin
  for v_place in select u.place from theirs_unidentified u
  loop
    execute format('alter table %s replica identity full', v_place);
  end loop;
end
$$;

-- Names that ours have.
do $$
declare
  v_statement text;
begin
  for v_statement in
    select format('alter table %s rename constraint %I to %I', k.place, k.name, left(k.name, 55) || '_web_app')
    from pg_constraint o
    join theirs_constraints k on k.id = o.oid
    where k.id not in (select e.id from theirs_kept_keys e)
      and exists (select from ours_constraints c where c.place = k.place and c.name = k.name)
    union all
    select format('alter table %s rename constraint %I to %I', k.place, k.name, k.new_name)
    from theirs_kept_keys k
    where k.name <> k.new_name
    union all
    select format('alter index %s rename to %I', i.index_place, left(i.name, 55) || '_web_app')
    from theirs_indexes i
    join pg_class c on c.oid = i.id
    where not i.is_over_ours and i.has_our_name
    union all
    select format('alter table %s rename column %I to %I', c.place, c.name, left(c.name, 55) || '_web_app')
    from theirs_columns c
    where c.gives_way
  loop
    execute v_statement;
  end loop;
end
$$;
