-- Tries on an empty table whether what is computed from columns that change can be computed of their new types.

do $$
declare
  v_table record;
  v_computed record;
begin
  for v_table in
    select c.table_id, string_agg(
      format('%I %s%s', c.name, case when c.is_retyped then c.new_type else format_type(a.atttypid, a.atttypmod) end, case when c.is_retyped then c.collate end),
      ', '
    ) as columns
    from theirs_columns c
    join pg_attribute a on a.attrelid = c.table_id and a.attnum = c.position
    where c.table_id in (select m.table_id from theirs_computed m)
      and not exists (select from theirs_computed m where (m.table_id, m.position) = (c.table_id, c.position))
    group by c.table_id
  loop
    execute format('create temp table computing (%s) on commit drop', v_table.columns);
    for v_computed in select * from theirs_computed m where m.table_id = v_table.table_id
    loop
      begin
        execute format(
          'alter table pg_temp.computing add column %I %s generated always as (%s) stored',
          v_computed.name, v_computed.type, v_computed.expression
        );
      exception
        when others then
          insert into notes values ('column', format('%s.%I', v_computed.place, v_computed.name), format(
            'is computed (%s) from a column that changes its type, and cannot be then: %s; make it a plain column first',
            v_computed.expression, sqlerrm
          ), true);
      end;
    end loop;
    drop table pg_temp.computing;
  end loop;
end
$$;
