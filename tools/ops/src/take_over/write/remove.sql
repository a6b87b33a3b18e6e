-- Rows that do not stay. From here on every row has an id of its own.
create temp table kept_places on commit drop as
select 'users' as table_name, place, id from new_users
union all
select 'hopsworks_clusters', place, id::text from new_clusters
union all
select 'user_hopsworks_assignments', place, id::text from new_seats where place is not null
union all
select 'clusters', place, id::text from new_deployments
union all
select 'instances', place, id::text from new_instances where place is not null
union all
select 'user_credits', place, id::text from new_credits where place is not null
union all
select 'usage_daily', place, id::text from new_days
union all
select 'team_invites', place, id::text from new_invites;
analyze kept_places;

-- Other tables may refer to rows that go: what becomes of them is not ours to decide.
do $$
declare
  v_key record;
  v_rows bigint;
begin
  for v_key in
    select
      f.conname, f.conrelid::regclass as referring, f.confrelid::regclass as referred, c.relname,
      (
        select string_agg(format('r.%I = o.%I', a.attname, b.attname), ' and ')
        from unnest(f.conkey, f.confkey) as k (referring, referred)
        join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.referring
        join pg_catalog.pg_attribute b on b.attrelid = f.confrelid and b.attnum = k.referred
      ) as same
    from pg_catalog.pg_constraint f
    join pg_catalog.pg_class c on c.oid = f.confrelid
    where f.contype = 'f' and f.conparentid = 0 and c.relnamespace = 'public'::regnamespace
      and exists (select from kept_places k where k.table_name = c.relname)
  loop
    execute format(
      'select count(*) from %s r join %s o on %s where not exists (
         select from kept_places k where k.table_name = %L and k.place = o.ctid
       )',
      v_key.referring, v_key.referred, v_key.same, v_key.relname
    ) into v_rows;
    if v_rows > 0 then
      raise exception '% rows of % refer to rows of % that do not stay (%): point them elsewhere, or delete them, first',
        v_rows, v_key.referring, v_key.referred, v_key.conname;
    end if;
  end loop;
end
$$;

do $$
declare
  v_table text;
begin
  foreach v_table in array
    array['user_hopsworks_assignments', 'instances', 'clusters', 'user_credits', 'usage_daily', 'team_invites', 'users', 'hopsworks_clusters']
  loop
    execute format(
      'delete from public.%1$I o where not exists (
         select from kept_places k where k.table_name = %1$L and k.place = o.ctid
       )',
      v_table
    );
    -- Only where an id can be null at all.
    continue when exists (
      select from pg_catalog.pg_attribute a
      where a.attrelid = format('public.%I', v_table)::regclass and a.attname = 'id' and (a.attnotnull or a.attgenerated <> '')
    );
    execute format(
      'update public.%1$I o set id = %2$s from kept_places k where k.table_name = %1$L and k.place = o.ctid and o.id is null',
      v_table,
      (
        select 'k.id::' || format_type(a.atttypid, a.atttypmod)
        from pg_catalog.pg_attribute a
        where a.attrelid = format('public.%I', v_table)::regclass and a.attname = 'id'
      )
    );
  end loop;
end
$$;
