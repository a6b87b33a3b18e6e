-- Makes of the tables with their rows what ours are. First what only changes the catalog, then for each table one
-- statement that writes and reads it once, then keys and indexes, then what refers to keys.

set constraints all immediate;

do $$
declare
  v_statement text;
  v_index record;
begin
  for v_statement in
    select format('alter table %s %s', t.place, string_agg(s.clause, ', '))
    from ours_tables t
    cross join lateral (
      select format('add column %I %s%s generated always as (%s) stored', c.name, c.type, c.collate, c.expression)
      from ours_columns c
      where c.place = t.place and c.generated <> ''
      union all
      select format('alter column %I set default %s', c.name, c.expression)
      from ours_columns c
      where c.place = t.place and c.generated = '' and c.expression is not null
      union all
      select format('alter column %I set not null', c.name)
      from ours_columns c
      where c.place = t.place and c.is_required
      union all
      select format('add constraint %I %s', k.name, k.definition)
      from ours_constraints k
      where k.place = t.place and k.type in ('c', 'p')
        and not exists (select from pg_constraint e where e.conrelid = t.id and e.conname = k.name)
    ) s (clause)
    group by t.place
  loop
    execute v_statement;
  end loop;

  for v_statement in
    select s.statement
    from (
      select 1, k.name, format('alter table %s add constraint %I %s', k.place, k.name, k.definition)
      from ours_constraints k
      join ours_tables t on t.place = k.place
      where k.type in ('u', 'x') and not exists (select from pg_constraint e where e.conrelid = t.id and e.conname = k.name)
      union all
      select 2, i.name, i.definition from ours_indexes i
      union all
      select 3, t.name, format('analyze %s', t.place) from ours_tables t
      union all
      select 4, k.name, format('alter table %s add constraint %I %s', k.place, k.name, k.definition)
      from ours_constraints k
      where k.type = 'f'
      union all
      select 5, g.name, g.definition from ours_triggers g
      union all
      select 6, g.name, format(
        'alter table %s %s trigger %I', g.place,
        case g.state when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, g.name
      )
      from ours_triggers g
      where g.state <> 'O'
      union all
      select 7, u.place, format('alter table %s replica identity default', u.place) from theirs_unidentified u
    ) as s (turn, name, statement)
    order by s.turn, s.name
  loop
    execute v_statement;
  end loop;

  for v_index in
    select i.index_place, i.definition from theirs_indexes i where i.is_over_ours and not i.is_unique and not i.has_our_name order by i.name
  loop
    begin
      perform pg_temp.make(array[v_index.definition]);
    exception
      -- Its expression does not go with a type of ours. It only made something fast.
      when others then
        if sqlstate !~ '^(22|42)' then
          raise;
        end if;
        raise warning 'the index % goes, as it cannot be made over the new types: %', v_index.index_place, sqlerrm;
    end;
  end loop;
end
$$;
