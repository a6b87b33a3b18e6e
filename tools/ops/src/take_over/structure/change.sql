-- Brings the columns of the eight tables to ours, with nothing that a row could break: no default, no `not null`, nothing
-- that is computed. `expressions` says how a column becomes what ours is, where PostgreSQL would not do the same by itself.

-- Which id each row had whose id gets another type: with it the web app finds what it keeps of the rows elsewhere.

do $$
declare
  v_keep text;
begin
  for v_keep in
    select format(
      'insert into app.taken_over (table_name, row_id, before, why)
       select %L, n.id, jsonb_build_object(''id'', t.id), %L
       from %s t cross join lateral (select (%s)::text as id) n
       where n.id <> t.id::text',
      c.of_table, format('the id was a value of the type %s, and row_id is the new one', c.type), c.place, e.expression
    )
    from theirs_columns c
    join expressions e on e.place = c.place and e.name = c.name
    where c.is_retyped and c.name = 'id' and c.new_type = 'uuid'
  loop
    execute v_keep;
  end loop;
end
$$;

do $$
declare
  v_table record;
  v_clauses text;
  v_sequence regclass;
begin
  for v_table in
    select t.*, c.relpersistence = 'u' as is_unlogged
    from ours_tables t join pg_class c on c.oid = t.id
    where t.is_public
  loop
    if v_table.is_unlogged then
      execute format('alter table %s set logged', v_table.place);
    end if;
    -- What only the catalog tells.
    select string_agg(s.clause, ', ') into v_clauses
    from (
      select format('drop column %I', c.name) from theirs_computed c where c.place = v_table.place
      union all
      select format('alter column %I %s', c.name, d.what)
      from theirs_columns c,
      lateral (
        select 'drop expression' where c.is_ours and not c.gives_way and c.generated <> ''
        union all
        select 'drop identity if exists' where c.is_ours and not c.gives_way and c.identity <> ''
        union all
        select 'drop default' where c.is_ours and not c.gives_way and c.generated = '' and c.has_default
        union all
        select 'drop not null'
        where c.is_required and c.generated = '' and (c.is_ours and not c.gives_way or not c.has_default and c.identity = '')
      ) d (what)
      where c.place = v_table.place and not (d.what = 'drop not null' and exists (
        select from pg_index i where i.indrelid = c.table_id and i.indisprimary and c.position = any (i.indkey)
      )) and not c.gives_way
      union all
      -- Under the name that it has by now.
      select format('alter column %I drop not null', left(c.name, 55) || '_web_app')
      from theirs_columns c
      where c.place = v_table.place and c.gives_way and c.is_required and c.generated = '' and not c.has_default and c.identity = ''
      union all
      select format('alter column %I drop default', c.name)
      from ours_columns c
      where c.place = v_table.place and not v_table.is_theirs and c.generated = '' and c.expression is not null
      union all
      select format('alter column %I drop not null', c.name)
      from ours_columns c
      where c.place = v_table.place and not v_table.is_theirs and c.generated = '' and c.is_required
        and not exists (
          select from ours_constraints k where k.place = c.place and k.type = 'p' and c.name = any (k.columns)
        )
      union all
      select format('set (%s)', array_to_string(v_table.options, ', ')) where v_table.options is not null
    ) s (clause);
    if v_clauses is not null then
      execute format('alter table %s %s', v_table.place, v_clauses);
    end if;

    -- What may write the table anew, once.
    select string_agg(s.clause, ', ') into v_clauses
    from (
      select format(
        'alter column %I type %s%s%s', c.name, c.new_type, c.collate,
        (select ' using ' || e.expression from expressions e where e.place = c.place and e.name = c.name)
      )
      from theirs_columns c
      where c.place = v_table.place and c.is_retyped
      union all
      select format(
        'add column %I %s%s%s', o.name, o.type, o.collate,
        -- What each row must have, it gets here, and not in a second pass.
        case when o.is_required and o.expression is not null then ' default ' || o.expression else '' end
      )
      from ours_columns o
      where o.place = v_table.place and v_table.is_theirs and o.generated = ''
        and o.name not in (select c.name from theirs_columns c where c.place = o.place)
      union all
      select format(
        'add column %I %s generated always as (%s) %s', c.name, c.type, c.expression,
        case c.generated when 's' then 'stored' else 'virtual' end
      )
      from theirs_computed c
      where c.place = v_table.place
    ) s (clause);
    if v_clauses is not null then
      execute format('alter table %s %s', v_table.place, v_clauses);
    end if;

    select string_agg(format('alter column %I drop default', a.attname), ', ') into v_clauses
    from pg_attribute a
    join ours_columns o on o.place = v_table.place and o.name = a.attname and o.generated = ''
    where a.attrelid = v_table.id and a.atthasdef;
    if v_clauses is not null then
      execute format('alter table %s %s', v_table.place, v_clauses);
    end if;

    -- Sequences that numbered a column of ours.
    for v_sequence in
      select s.oid::regclass
      from pg_depend d
      join pg_class s on s.oid = d.objid and s.relkind = 'S'
      join theirs_columns c on c.table_id = d.refobjid and c.position = d.refobjsubid and c.is_ours and not c.gives_way
      where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = v_table.id and d.deptype = 'a'
    loop
      begin
        execute format('drop sequence %s', v_sequence);
      exception
        when dependent_objects_still_exist then
          execute format('alter sequence %s owned by none', v_sequence);
      end;
    end loop;
  end loop;
end
$$;
