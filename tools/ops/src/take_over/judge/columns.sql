-- Values that are there and cannot be read.
do $$
declare
  v_table text;
begin
  for v_table in
    select substr(c.relname, char_length('old_') + 1)
    from pg_catalog.pg_class c
    where c.relnamespace = pg_catalog.pg_my_temp_schema() and c.relkind = 'v' and c.relname ~ '^old_'
    order by 1
  loop
    execute format(
      'insert into troubles
       select %1$L, place, id::text, ''columns.unreadable'', unreadable from pg_temp.old_%1$s where unreadable is not null',
      v_table
    );
  end loop;
end
$$;

-- Columns of the web app's that have the names of ours, and hold from now on what ours do.
do $$
declare
  v_ours record;
begin
  for v_ours in
    select o.table_name, string_agg(format('o.%I is not null', a.attname), ' or ') as has_value
    from (values
      ('users', array[
        'suspended_with_owner', 'suspended_for', 'waiting_since', 'waiting_cluster_id', 'erased_at', 'closed_spans'
      ]),
      ('team_invites', array['expired_at']),
      ('user_credits', array[
        'last_seq', 'total_adjusted', 'storage_gb_seconds', 'scaled_cost_usd', 'state', 'state_since', 'exhausted_at', 'month',
        'month_scaled_cost_usd', 'cap_level', 'due_at', 'warn_below', 'overdraft', 'grace_days', 'projects_when_exhausted',
        'monthly_cap'
      ]),
      ('user_hopsworks_assignments', array['user_created_at']),
      ('usage_daily', array[
        'storage_gb_seconds', 'rate_effective_on', 'cpu_hour_usd', 'gpu_hour_usd', 'storage_gb_month_usd', 'scaled_cost_usd',
        'charged_usd', 'charged_until', 'charged_cpu_hours', 'charged_gpu_hours', 'charged_storage_gb_seconds'
      ])
    ) as o (table_name, columns)
    join pg_catalog.pg_attribute a
      on a.attrelid = to_regclass('public.' || o.table_name) and a.attname = any (o.columns) and not a.attisdropped
    -- A table that is set aside has no rows for us.
    where pg_get_viewdef(to_regclass('pg_temp.old_' || o.table_name)) !~ 'WHERE false'
    group by o.table_name
  loop
    execute format(
      'insert into troubles
       select %1$L, o.ctid, r.id::text, ''columns.ours''
       from public.%1$I o
       join pg_temp.old_%1$s r on r.place = o.ctid
       where %2$s',
      v_ours.table_name, v_ours.has_value
    );
  end loop;
end
$$;

insert into effects
select 'rows with unreadable values', 'all', -count(*), kind from troubles where kind = 'columns.unreadable' group by kind;
