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

-- Who may do what with the tables that were theirs: as ours. What other roles were granted stays.

do $$
declare
  v_statement text;
  v_open text;
begin
  for v_statement in
    with closed (role) as (
      values ('public'), ('anon'), ('authenticated'), ('api')
      union
      select x.grantee::regrole::text from ours_tables t, aclexplode(t.rights) x where t.is_public and x.grantee::regrole::text <> t.owner
    ), granted as (
      select t.place, c.relowner as owner, x.*
      from ours_tables t
      join pg_class c on c.oid = t.id
      cross join lateral (
        select e.* from aclexplode(c.relacl) e
        union all
        select e.* from pg_attribute a, aclexplode(a.attacl) e where a.attrelid = t.id and not a.attisdropped
      ) x
      where t.is_theirs
    )
    select s.statement
    from (
      -- Whoever granted a column by a right on the whole table gets that of the column, as only with it the grant can be
      -- taken away, and gives it back.
      select distinct 0, format('grant %s (%I) on %s to %s with grant option', x.privilege_type, a.attname, t.place, x.grantor::regrole)
      from ours_tables t
      join pg_class c on c.oid = t.id
      join pg_attribute a on a.attrelid = t.id and not a.attisdropped
      cross join lateral aclexplode(a.attacl) x
      where t.is_theirs and x.grantor <> c.relowner
      union all
      select distinct 2, format('revoke %s (%I) on %s from %s cascade', x.privilege_type, a.attname, t.place, x.grantor::regrole)
      from ours_tables t
      join pg_class c on c.oid = t.id
      join pg_attribute a on a.attrelid = t.id and not a.attisdropped
      cross join lateral aclexplode(a.attacl) x
      where t.is_theirs and x.grantor <> c.relowner and not exists (
        select from aclexplode(a.attacl) o where o.grantee = x.grantor and o.privilege_type = x.privilege_type
      )
      union all
      -- Whoever granted it lets go of it first.
      select distinct 1, format('revoke grant option for all on %s from %s cascade', g.place, g.grantor::regrole)
      from granted g
      where g.grantor <> g.owner
      union all
      select 2, format('revoke all on %s from %s cascade', t.place, c.role)
      from ours_tables t, closed c
      where t.is_theirs
      union all
      select 3, format('revoke all on sequence %s from public, anon, authenticated, api cascade', q.oid::regclass)
      from ours_tables t
      join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = t.id and d.deptype in ('a', 'i')
      join pg_class q on q.oid = d.objid and q.relkind = 'S'
      where t.is_theirs and d.classid = 'pg_class'::regclass
      union all
      select 4, format('grant %s on %s to %s', x.privilege_type, t.place, x.grantee::regrole)
      from ours_tables t, aclexplode(t.rights) x
      where t.is_theirs and x.grantee::regrole::text <> t.owner
      union all
      select 5, format('grant %s (%I) on %s to %s', x.privilege_type, c.name, c.place, x.grantee::regrole)
      from ours_columns c join ours_tables t on t.place = c.place, aclexplode(c.rights) x
      where t.is_theirs
      union all
      select 6, format('alter table %s enable row level security', t.place)
      from ours_tables t
      where t.is_theirs and t.is_closed
      union all
      select 7, format(
        'create policy %I on %s as %s for %s to %s%s%s', p.policyname, p.place, p.permissive, p.cmd,
        (select string_agg(quote_ident(r), ', ') from unnest(p.roles) r),
        ' using (' || p.qual || ')', ' with check (' || p.with_check || ')'
      )
      from ours_policies p join ours_tables t on t.place = p.place
      where t.is_theirs
      union all
      select 8, format('alter table %s owner to %s', t.place, t.owner) from ours_tables t where t.is_theirs
    ) as s (turn, statement)
    order by s.turn
  loop
    execute v_statement;
  end loop;

  select string_agg(format('%s on %s', x.grantee::regrole, t.place), ', ') into v_open
  from ours_tables t
  join pg_class c on c.oid = t.id
  cross join lateral (
    select e.* from aclexplode(c.relacl) e
    union all
    select e.* from pg_attribute a, aclexplode(a.attacl) e where a.attrelid = c.oid and not a.attisdropped
  ) x
  where t.is_public and (x.grantee = 0 or x.grantee::regrole::text in ('anon', 'authenticated', 'api'));
  if v_open is not null then
    raise exception 'rights that cannot be taken away: %', v_open;
  end if;
end
$$;
