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
  v_place text;
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
    -- Only where an id is null, or another row's.
    continue when not exists (
      select from troubles t where t.table_name = v_table and t.kind ~ '\.id_(null|twice)$' and t.kind <> 'users.id_twice'
    );
    -- A number has no room for an id of ours. It is read as one where the column gets its type.
    v_place := 'ctid';
    if exists (
      select from pg_catalog.pg_attribute a
      where a.attrelid = format('public.%I', v_table)::regclass and a.attname = 'id'
        and pg_temp.plain_type(a.atttypid, null) not in ('text', 'uuid', 'character varying')
    ) then
      v_place := 'place_before';
      execute format('alter table public.%I add column place_before tid', v_table);
      execute format('update public.%I set place_before = ctid', v_table);
      execute format('alter table public.%I alter column id drop identity if exists', v_table);
      execute format('alter table public.%I alter column id drop default, alter column id type text using id::text', v_table);
    end if;
    execute format(
      'update public.%1$I o set id = k.id%2$s
       from kept_places k
       join troubles t on t.table_name = k.table_name and t.place = k.place and t.kind ~ ''\.id_(null|twice)$''
       where k.table_name = %1$L and k.place = o.%3$I',
      v_table,
      (
        select '::uuid'
        from pg_catalog.pg_attribute a
        where a.attrelid = format('public.%I', v_table)::regclass and a.attname = 'id' and pg_temp.plain_type(a.atttypid, null) = 'uuid'
      ),
      v_place
    );
    if v_place <> 'ctid' then
      execute format('alter table public.%I drop column place_before', v_table);
    end if;
  end loop;
end
$$;
